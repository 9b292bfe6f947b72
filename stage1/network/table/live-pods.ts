import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '#schema/check.js'
import { isPublishedByAppc, mayPublish, needsTable, type JoinedNetwork } from '#schema/network.js'
import { parseNetworkStates } from '#schema/network-state.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { parsePublishedPorts } from '#schema/published-port.js'
import { native } from '#native'
import { podAddresses } from './pod-addresses.js'
import type { TableUse } from './table-use.js'

/** What a pod that runs, or is about to, needs of the table `inet appc`. */
export interface LivePod extends TableUse {
  /** Whether it has not ended: before its end it never removes what it needs. */
  readonly isLive: () => boolean
}

/**
 * What the live pods in the parent of the current directory need of the table `inet appc`; `except`
 * is the UUID of a pod to leave out.
 */
export function livePods(except?: string): readonly LivePod[] {
  return readdirSync('..')
    .filter((name) => name !== except)
    .flatMap((name) => {
      const directory = join('..', name)
      const isLive = (): boolean => isLocked(join(directory, POD_DIR.lock))
      const use = isLive() ? tableUse(directory) : null
      return use === null ? [] : [{ ...use, isLive }]
    })
}

/** Whether a process holds the exclusive lock. */
function isLocked(path: string): boolean {
  try {
    const lock = native.tryLock(path, 'shared')
    if (lock !== null) closeSync(lock)
    return lock === null
  } catch {
    return false
  }
}

/**
 * What the pod of a directory needs of the table `inet appc`; null for a pod that has left its
 * networks, has none of ours, or whose records are broken.
 */
export function tableUse(directory: string): TableUse | null {
  if (!existsSync(join(directory, POD_DIR.leave))) return null
  try {
    const spec: unknown = JSON.parse(readFileSync(join(directory, POD_DIR.runSpec), 'utf8'))
    if (!isObject(spec) || !Array.isArray(spec['network'])) return null
    // stage0 wrote the run spec from networks that it had checked
    const networks = spec['network'] as readonly JoinedNetwork[]
    if (!networks.some(needsTable)) return null
    const states = parseNetworkStates(readFileSync(join(directory, POD_DIR.networks), 'utf8'))
    const publisher = networks.findIndex(mayPublish)
    const network = networks[publisher]
    return {
      networks,
      ports: network !== undefined && isPublishedByAppc(network) ? parsePublishedPorts(spec['ports']) : [],
      addresses: podAddresses(states[publisher]?.addresses),
    }
  } catch {
    return null
  }
}
