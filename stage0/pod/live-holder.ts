import type { DataDir, Place } from '../data-dir.js'
import { isLocked } from './lock.js'
import { scan, type Pod } from './pod.js'
import { readRunSpec } from './records.js'

/** The places of pods that have units, or will have units. */
const LIVE_PLACES: readonly Place[] = ['prepare', 'prepared', 'run']

/**
 * The live pod (being prepared, prepared or running), other than `uuid`, whose units have the ID
 * `id`; null where there is none.
 */
export function liveHolder(dir: DataDir, id: string, uuid: string): Pod | null {
  const holder = scan(dir, LIVE_PLACES).find(
    (pod) => pod.uuid !== uuid && readRunSpec(pod.directory).id === id && isLive(pod),
  )
  return holder ?? null
}

/** The live pods other than `uuid`. */
export const otherLivePods = (dir: DataDir, uuid: string): readonly Pod[] =>
  scan(dir, LIVE_PLACES).filter((pod) => pod.uuid !== uuid && isLive(pod))

const isLive = (pod: Pod): boolean => pod.place === 'prepared' || isLocked(pod.directory) === true
