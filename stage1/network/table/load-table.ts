import { RuntimeError } from '#schema/errors.js'
import { needsTable } from '#schema/network.js'
import type { Execution } from '../plugins/command.js'
import type { LivePod } from './live-pods.js'
import { bridgesOf, enableLocalnet } from './localnet.js'
import { nft } from './nft.js'
import { addPorts, removePorts } from './port-elements.js'
import { networkElements, REQUIRE_TABLE, tableText } from './table.js'
import type { TableUse } from './table-use.js'

/** Whether nft(8) says that an element leads elsewhere. */
const isTaken = (problem: string | null): boolean => problem?.includes('File exists') === true

/** What {@link loadTable} must know of other pods. */
export interface OtherPods {
  readonly others: () => readonly LivePod[]
  /** Takes the pods that have ended, but not yet left their networks, out of them. */
  readonly leaveForDeadPods: () => Promise<void>
}

/** How {@link loadTable} loads. */
export interface LoadOptions extends OtherPods, Pick<Execution, 'lock'> {}

/**
 * Adds what a pod needs to the table `inet appc`, in one transaction, so that it is whole or
 * unchanged. Where the table is missing (the first pod since the host has started, or another
 * program has flushed all rules), it is made, with all that the pods of `others` need; gives
 * whether there were any. Errors: HOST_UNSUPPORTED; PORT_TAKEN.
 */
export async function loadTable(pod: TableUse, { others, leaveForDeadPods, lock }: LoadOptions): Promise<boolean> {
  if (!pod.networks.some(needsTable)) return false
  const add = () => nft(REQUIRE_TABLE + elementsOf(pod), { lock })
  let mended: readonly LivePod[] = []
  let problem = await add()
  if (problem !== null) await leaveForDeadPods()
  if (isTaken(problem)) problem = await add()
  if (problem !== null && !isTaken(problem)) {
    mended = others()
    problem = await makeTable(mended, { pod, lock })
  }
  if (problem !== null) throw failure(pod, problem)
  // only now, when the table keeps pods from 127.0.0.1
  if (pod.ports.length > 0) enableLocalnet(bridgesOf(pod.networks))
  return mended.length > 0
}

/**
 * Makes the table again if it is missing, with all that the live pods need, and gives a warning
 * that says so. Errors: HOST_UNSUPPORTED.
 */
export async function repairTable(pods: () => readonly LivePod[]): Promise<readonly string[]> {
  if (!(await isTableMissing())) return []
  const mended = pods()
  const problem = await makeTable(mended)
  if (problem !== null) throw unsupported(problem)
  return mended.length > 0 ? [MENDED] : []
}

/** Whether the table is missing. Errors: HOST_UNSUPPORTED where nft(8) is. */
export const isTableMissing = async (): Promise<boolean> => (await nft(REQUIRE_TABLE)) !== null

/** The warning for a table that was missing although pods need it. */
export const MENDED = 'nftables: the table inet appc was missing: made again, with what all running pods need'

/** Makes the table for live pods and a new one; gives the message of nft(8) where it fails. */
async function makeTable(
  live: readonly LivePod[],
  { pod, lock }: { readonly pod?: TableUse } & Pick<Execution, 'lock'> = {},
): Promise<string | null> {
  const uses: readonly TableUse[] = pod === undefined ? live : [...live, pod]
  const problem = await nft(tableText() + uses.map(elementsOf).join(''), { lock })
  if (problem !== null) return problem
  // a pod that has ended meanwhile may have removed its ports before they were added again
  const ended = live.filter(({ isLive }) => !isLive())
  const removal = ended.map(({ ports, addresses }) => removePorts(ports, addresses)).join('')
  return removal === '' ? null : await nft(removal)
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
  return unsupported(problem)
}

const unsupported = (problem: string): RuntimeError =>
  new RuntimeError('HOST_UNSUPPORTED', problem, { hint: 'modprobe nf_tables' })
