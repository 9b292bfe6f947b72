import { type JoinedNetwork, mayPublish } from '#schema/network.js'
import { RuntimeError } from '#schema/errors.js'
import { type Attachment, type Chain, chainOf } from './chain.js'
import { type Command, execute, type Ended, type Execution } from './command.js'
import { interfaceName } from './interface-name.js'
import { removeInterface } from './leave.js'
import { type NetworkResult, parseFailure, parseResult } from './result.js'

/** A network that the pod has joined. */
export interface Joined {
  readonly name: string
  readonly interfaceName: string
  readonly result: NetworkResult
}

/** How long a plugin may take, in milliseconds. A DHCP server may need half a minute. */
const PATIENCE = 60_000

/** The pod, and what joining needs beside it. */
export interface JoinOptions extends Omit<Attachment, 'interfaceName'> {
  /**
   * Notes the commands that undo what was done until now, and what is about to be done, in the
   * order of their execution.
   */
  readonly note: (undo: readonly Command[]) => void
  readonly patience?: number
  /** Its interrupt ends a plugin that runs, and begins no other. */
  readonly execution?: Execution
}

/**
 * Joins networks in this order. Nothing is undone here: what that needs is noted before each
 * network, and with its result after it. Errors: NETWORK_FAILED, with the plugin's own message.
 */
export async function joinNetworks(
  networks: readonly JoinedNetwork[],
  { note, patience = PATIENCE, execution = {}, ports = [], ...pod }: JoinOptions,
): Promise<readonly Joined[]> {
  // A missing plugin is found before anything is done.
  const publisher = networks.findIndex(mayPublish)
  const chains = networks.map((network, index) => {
    const published = index === publisher ? ports : []
    const attachment = { ...pod, ports: published, interfaceName: interfaceName(index) }
    return { name: network.config.name, attachment, chain: chainOf(network, attachment) }
  })
  const joined: Joined[] = []
  let undo: readonly Command[] = []
  for (const { name, attachment, chain } of chains) {
    note([...chain.del(), ...undo])
    const { json, result } = await add(name, chain, patience, execution)
    const unplug = result.hostInterfaces.map(removeInterface)
    undo = [...chain.del(json), ...unplug, ...undo]
    note(undo)
    joined.push({ name, interfaceName: attachment.interfaceName, result })
  }
  return joined
}

/** Executes the plugins of one network; gives what the last one gave. */
async function add(
  name: string,
  chain: Chain,
  patience: number,
  execution: Execution,
): Promise<{ json: unknown; result: NetworkResult }> {
  const { interrupt } = execution
  let last: { json: unknown; result: NetworkResult } | null = null
  for (const commandAfter of chain.add) {
    const command = commandAfter(last?.json)
    const ended = await execute(command, patience, execution).catch((cause: unknown) => {
      throw failed(
        name,
        command,
        `cannot be executed: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause,
      )
    })
    if (interrupt?.aborted === true) throw failed(name, command, `interrupted by ${String(interrupt.reason)}`)
    last = ended.status === 0 && !ended.isTimedOut ? parseResult(ended.stdout) : null
    if (last === null) throw failed(name, command, reasonOf(ended, patience))
  }
  if (last === null) throw new RuntimeError('INTERNAL', `network ${name}: has no plugin`)
  return last
}

function failed(name: string, { program }: Command, reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError('NETWORK_FAILED', `network ${name}: ${program}: ${reason}`, {
    hint: 'appc network list',
    ...(cause !== undefined && { cause }),
  })
}

/** Why a plugin that ended has not added the pod: in its own words, where it has some. */
function reasonOf({ status, signal, stdout, stderr, isTimedOut }: Ended, patience: number): string {
  if (isTimedOut) return `did not end within ${patience / 1000} s`
  const own = parseFailure(stdout) ?? stderr.trim()
  if (status === 0) return 'ended without a result'
  return own === '' ? `ended with ${signal ?? status ?? 'nothing'}` : own
}
