import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '#schema/check.js'
import { mayPublish, type JoinedNetwork } from '#schema/network.js'
import { parseNetworkStates } from '#schema/network-state.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { parsePublishedPorts } from '#schema/published-port.js'
import type { TableUse } from './load-table.js'
import { podAddresses } from './pod-addresses.js'

/** What the other pods beside the current directory's need of the table `inet appc`. */
export function otherPods(uuid: string): readonly TableUse[] {
  return readdirSync('..')
    .filter((name) => name !== uuid)
    .flatMap((name) => tableUse(join('..', name)) ?? [])
}

/** null for a pod that has left its networks, has none of ours, or whose records are broken. */
function tableUse(directory: string): TableUse | null {
  if (!existsSync(join(directory, POD_DIR.leave))) return null
  try {
    const spec: unknown = JSON.parse(readFileSync(join(directory, POD_DIR.runSpec), 'utf8'))
    if (!isObject(spec) || !Array.isArray(spec['network'])) return null
    // stage0 wrote the run spec from networks that it had checked
    const networks = spec['network'] as readonly JoinedNetwork[]
    if (!networks.some(({ masquerade }) => masquerade)) return null
    const states = parseNetworkStates(readFileSync(join(directory, POD_DIR.networks), 'utf8'))
    const publisher = networks.findIndex(mayPublish)
    const isOurs = networks[publisher]?.masquerade === true
    return {
      networks,
      ports: isOurs ? parsePublishedPorts(spec['ports']) : [],
      addresses: podAddresses(states[publisher]?.addresses),
    }
  } catch {
    return null
  }
}
