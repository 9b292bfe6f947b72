import { mkdirSync } from 'node:fs'
import { isPublishedByAppc, mayPublish, type JoinedNetwork } from '#schema/network.js'
import type { NetworkState } from '#schema/network-state.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { PublishedPort } from '#schema/published-port.js'
import { LOCK_FD } from '#schema/run-spec.js'
import { checkRoutes, hostRoutes } from './host/collisions.js'
import type { Command } from './plugins/command.js'
import { leaveForDeadPods } from './table/dead-pods.js'
import { forwardingOff, forwardingWarnings } from './host/forwarding.js'
import { abortOnSignal } from './plugins/interruption.js'
import { type Joined, joinNetworks, type JoinOptions } from './plugins/join.js'
import { noteLeave } from './plugins/leave.js'
import { livePods } from './table/live-pods.js'
import { loadTable, MENDED } from './table/load-table.js'
import { nftCommand } from './table/nft.js'
import { podAddresses } from './table/pod-addresses.js'
import { removePorts } from './table/port-elements.js'
import { writeRecord } from './plugins/record.js'
import type { NetworkResult } from './plugins/result.js'

/** The pod whose networks are joined. */
interface JoiningPod extends Pick<JoinOptions, 'uuid' | 'namespace'> {
  readonly ports: readonly PublishedPort[]
  /** Called with each warning for the user. */
  readonly warn: (message: string) => void
}

/**
 * Joins the networks of the pod of the current directory, publishes its ports, and writes down
 * there which, and how the pod leaves them. Gives their results. Errors: those of {@link
 * checkRoutes}, {@link joinNetworks}, {@link loadTable}; the caller then has the pod leave.
 */
export async function joinPodNetworks(
  networks: readonly JoinedNetwork[],
  { ports, warn, ...pod }: JoiningPod,
): Promise<readonly NetworkResult[]> {
  checkRoutes(networks, hostRoutes()).forEach(warn)
  const notForwarded = forwardingOff()
  mkdirSync('stage1', { recursive: true, mode: 0o700 })
  using interruption = abortOnSignal()
  const publisher = networks.findIndex(mayPublish)
  const tablePorts = networks.filter((_, index) => index === publisher).some(isPublishedByAppc) ? ports : []
  let undo: readonly Command[] = []
  const joining = joinNetworks(networks, {
    ...pod,
    ports,
    execution: { interrupt: interruption.signal, lock: LOCK_FD },
    note: (commands) => {
      undo = commands
      noteLeave(commands)
    },
  })
  const load = (addresses: readonly string[]) =>
    loadTable(
      { networks, ports: tablePorts, addresses },
      {
        others: () => livePods(pod.uuid),
        leaveForDeadPods: () => leaveForDeadPods(pod.uuid),
        lock: LOCK_FD,
      },
    )
  // Without ports the table needs no address of the pod. Both are waited for, so that nothing is
  // still under way when the pod leaves after an error.
  const [joined, early] = await bothOf(joining, tablePorts.length > 0 ? Promise.resolve(false) : load([]))
  writeRecord(POD_DIR.networks, joined.map(stateOf))
  const isMended = tablePorts.length > 0 ? await publish(joined[publisher]) : early
  if (isMended) warn(MENDED)
  const names = networks.map(({ config }) => config.name)
  forwardingWarnings(notForwarded, names).forEach(warn)
  return joined.map(({ result }) => result)

  async function publish(network: Joined | undefined): Promise<boolean> {
    const addresses = podAddresses(network?.result.addresses)
    // The kernel takes longer for it than for all others.
    noteLeave([{ ...nftCommand(removePorts(tablePorts, addresses)), independent: true }, ...undo])
    try {
      return await load(addresses)
    } catch (error) {
      // the transaction has changed nothing, and its elements may be another pod's
      noteLeave(undo)
      throw error
    }
  }
}

/** The values of two promises, or the first's error, or the second's, when both have settled. */
async function bothOf<First, Second>(first: Promise<First>, second: Promise<Second>): Promise<[First, Second]> {
  await Promise.allSettled([first, second])
  return [await first, await second]
}

const stateOf = ({ name, interfaceName, result }: Joined): NetworkState => ({
  name,
  interface: interfaceName,
  addresses: result.addresses,
})
