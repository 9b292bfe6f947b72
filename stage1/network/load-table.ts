import { RuntimeError } from '#schema/errors.js'
import type { JoinedNetwork } from '#schema/network.js'
import type { PublishedPort } from '#schema/published-port.js'
import { bridgesOf, enableLocalnet } from './localnet.js'
import { nft } from './nft.js'
import { addPorts } from './port-elements.js'
import { networkElements, REQUIRE_TABLE, tableText } from './table.js'

/** What a pod needs of the table `inet appc`. */
export interface TableUse {
  readonly networks: readonly JoinedNetwork[]
  /** The ports of the pod that the table publishes, and the addresses that they lead to. */
  readonly ports: readonly PublishedPort[]
  readonly addresses: readonly string[]
}

/** Whether nft(8) says that an element leads elsewhere. */
const isTaken = (problem: string | null): boolean => problem?.includes('File exists') === true

/** What {@link loadTable} must know of other pods. */
export interface OtherPods {
  readonly others: () => readonly TableUse[]
  /** Takes the pods that have ended, but not yet left their networks, out of them. */
  readonly leaveForDeadPods: () => Promise<void>
}

/**
 * Adds what a pod needs to the table `inet appc`, in one transaction, so that it is whole or
 * unchanged. Where the table is missing (the first pod since the host has started, or another
 * program has flushed all rules), it is made, with all that the pods of `others` need; gives
 * whether there were any. Errors: HOST_UNSUPPORTED; PORT_TAKEN.
 */
export async function loadTable(pod: TableUse, { others, leaveForDeadPods }: OtherPods): Promise<boolean> {
  if (!pod.networks.some(({ masquerade }) => masquerade)) return false
  const add = () => nft(REQUIRE_TABLE + elementsOf(pod))
  let mended: readonly TableUse[] = []
  let problem = await add()
  if (problem !== null) await leaveForDeadPods()
  if (isTaken(problem)) problem = await add()
  if (problem !== null && !isTaken(problem)) {
    mended = others()
    problem = await nft(tableText() + [...mended, pod].map(elementsOf).join(''))
  }
  if (problem !== null) throw failure(pod, problem)
  // only now, when the table keeps pods from 127.0.0.1
  if (pod.ports.length > 0) enableLocalnet(bridgesOf(pod.networks))
  return mended.length > 0
}

const elementsOf = ({ networks, ports, addresses }: TableUse): string =>
  networkElements(networks) + addPorts(ports, addresses)

function failure({ ports }: TableUse, problem: string): RuntimeError {
  // no live pod of this data directory has it (stage0/prepare/pod-ports.ts)
  if (ports.length > 0 && isTaken(problem)) {
    return new RuntimeError(
      'PORT_TAKEN',
      `a pod of another data directory, or one that crashed, has a port: ${problem}`,
      {
        hint: 'appc gc; nft list table inet appc',
      },
    )
  }
  return new RuntimeError('HOST_UNSUPPORTED', problem, { hint: 'modprobe nf_tables' })
}
