import type { DataDir, Place } from '../data-dir.js'
import { isLocked } from './lock.js'
import { scan, type Pod } from './pod.js'
import { readRunSpec } from './records.js'

/** Where a pod may be that has, or will have, units. */
const LIVING: readonly Place[] = ['prepare', 'prepared', 'run']

/** The live pod (being prepared, prepared or running) whose units have that ID, other than `uuid`; null where none has. */
export function liveHolder(dir: DataDir, id: string, uuid: string): Pod | null {
  const holder = scan(dir, LIVING).find(
    (pod) =>
      pod.uuid !== uuid &&
      readRunSpec(pod.directory).id === id &&
      (pod.place === 'prepared' || isLocked(pod.directory) === true),
  )
  return holder ?? null
}
