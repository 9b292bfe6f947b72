import { mkdirSync, writeFileSync } from 'node:fs'
import type { JoinedNetwork } from '#schema/network.js'
import type { NetworkState } from '#schema/network-state.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { abortOnSignal } from './interruption.js'
import { type Joined, joinNetworks, type JoinOptions } from './join.js'
import { noteLeave } from './leave.js'
import { loadMasquerade } from './masquerade.js'
import type { NetworkResult } from './result.js'

/**
 * Joins the networks of the pod of the current directory, and writes down there which, and how the
 * pod leaves them. Gives their results. Errors: those of {@link joinNetworks},
 * {@link loadMasquerade}; who calls it then has the pod leave.
 */
export async function joinPodNetworks(
  networks: readonly JoinedNetwork[],
  pod: Pick<JoinOptions, 'uuid' | 'namespace'>,
): Promise<readonly NetworkResult[]> {
  mkdirSync('stage1', { recursive: true, mode: 0o700 })
  using interruption = abortOnSignal()
  // Both are waited for, so that nothing is still under way when the pod leaves after an error.
  const [joining, loading] = await Promise.allSettled([
    joinNetworks(networks, { ...pod, note: noteLeave, interrupt: interruption.signal }),
    loadMasquerade(networks),
  ])
  if (joining.status === 'rejected') throw joining.reason
  if (loading.status === 'rejected') throw loading.reason
  const joined = joining.value
  writeFileSync(POD_DIR.networks, JSON.stringify(joined.map(stateOf)), { mode: 0o600 })
  return joined.map(({ result }) => result)
}

const stateOf = ({ name, interfaceName, result }: Joined): NetworkState => ({
  name,
  interface: interfaceName,
  addresses: result.addresses,
})
