import { RuntimeError } from '#schema/errors.js'
import type { Chain } from './chain.js'
import { type Command, execute, type Ended, type Execution } from './command.js'
import { type NetworkResult, parseFailure, parseResult } from './result.js'

/** How the plugins of a network are executed. */
export interface AddOptions {
  /** How long each may take, in milliseconds. */
  readonly patience: number
  readonly execution: Execution
  /** Called with the result of each plugin before the next one begins. */
  readonly between: (result: NetworkResult) => void
}

/** What the last plugin of a network gave: as it stands, and as far as appc reads it. */
export interface Added {
  readonly json: unknown
  readonly result: NetworkResult
}

/**
 * The errors of plugins that asked the kernel for all its interfaces or addresses while another
 * process changed one: the kernel has them ask again (NLM_F_DUMP_INTR), and the plugins of
 * containernetworking before 1.6.1 give up instead. It happens where many pods start at once.
 */
const INTERRUPTED = /interrupted system call|results may be incomplete or inconsistent/

/** How often the pod is added to a network whose plugins the kernel interrupts. */
const ATTEMPTS = 5

/**
 * Executes the plugins of a network, which add a pod to it. Errors: NETWORK_FAILED, with the
 * plugin's own message.
 */
export async function addToNetwork(name: string, chain: Chain, options: AddOptions): Promise<Added> {
  for (let attempt = 1; ; attempt++) {
    const added = await add(name, chain, options)
    if ('result' in added) return added
    const { command, reason } = added
    if (attempt === ATTEMPTS || !INTERRUPTED.test(reason)) throw failed(name, command, reason)
    for (const undoing of chain.undo()) await executePlugin(name, undoing, options)
  }
}

/** Gives what the last plugin gave, or the plugin that failed, and why. */
async function add(
  name: string,
  chain: Chain,
  options: AddOptions,
): Promise<Added | { readonly command: Command; readonly reason: string }> {
  let last: Added | null = null
  for (const commandAfter of chain.add) {
    if (last !== null) options.between(last.result)
    const command = commandAfter(last?.json)
    const ended = await executePlugin(name, command, options)
    last = ended.status === 0 && !ended.isTimedOut ? parseResult(ended.stdout) : null
    if (last === null) return { command, reason: reasonOf(ended, options.patience) }
  }
  if (last === null) throw new RuntimeError('INTERNAL', `network ${name}: has no plugin`)
  return last
}

async function executePlugin(name: string, command: Command, { patience, execution }: AddOptions): Promise<Ended> {
  const { interrupt } = execution
  const ended = await execute(command, patience, execution).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw failed(name, command, `cannot be executed: ${reason}`, cause)
  })
  if (interrupt?.aborted === true) throw failed(name, command, `interrupted by ${String(interrupt.reason)}`)
  return ended
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
