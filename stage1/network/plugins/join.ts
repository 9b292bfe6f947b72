import { type JoinedNetwork, mayPublish } from '#schema/network.js'
import { addToNetwork } from './add.js'
import { type Attachment, chainOf } from './chain.js'
import type { Command, Execution } from './command.js'
import { interfaceName } from './interface-name.js'
import { removeInterface } from './leave.js'
import type { NetworkResult } from './result.js'

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
 * Joins networks in this order. The caller has the pod leave them: what that needs is noted before
 * each network, before a further plugin of it where one has made an interface of the host, and with
 * its result after it. Errors: those of {@link addToNetwork}.
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
    const before = undo
    note([...chain.del(), ...before])
    const between = ({ hostInterfaces }: NetworkResult): void => {
      if (hostInterfaces.length > 0) note([...chain.del(), ...hostInterfaces.map(removeInterface), ...before])
    }
    const { json, result } = await addToNetwork(name, chain, { patience, execution, between })
    undo = [...chain.del(json), ...result.hostInterfaces.map(removeInterface), ...before]
    note(undo)
    joined.push({ name, interfaceName: attachment.interfaceName, result })
  }
  return joined
}
