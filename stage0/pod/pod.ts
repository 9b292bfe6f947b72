import { readdirSync, renameSync } from 'node:fs'
import { PLACES, type DataDir, type Place } from '../data-dir.js'
import { ignoreMissing } from '../files/missing.js'
import { isLocked } from './lock.js'
import { stateOf, VISIBLE, type PodState } from './state.js'

/** A pod at the place where it was last found. It may have moved since. */
export interface Pod {
  readonly uuid: string
  readonly place: Place
  /** Absolute path. */
  readonly directory: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Tells whether a text is a complete UUID in lower case. */
export const isUUID = (text: string): boolean => UUID.test(text)

/** The pod in a place; does not access the file system. */
export const podAt = (dir: DataDir, place: Place, uuid: string): Pod => ({
  uuid,
  place,
  directory: dir.pod(place, uuid),
})

/**
 * The pods in some places, each one once, at the place where it was last found. A missing data
 * directory has none.
 */
export function scan(dir: DataDir, places: readonly Place[] = VISIBLE): Pod[] {
  const pods = new Map<string, Pod>()
  // PLACES is in the order of a pod's life, so that a pod that moves during the scan is found at
  // least once.
  for (const place of PLACES.filter((name) => places.includes(name))) {
    for (const uuid of uuidsIn(dir.place(place))) pods.set(uuid, podAt(dir, place, uuid))
  }
  return [...pods.values()]
}

const uuidsIn = (path: string): string[] => ignoreMissing(() => readdirSync(path).filter(isUUID).sort(), [])

/** The current place and state of a pod; null if it is in no place. */
export function locatePod(dir: DataDir, uuid: string): { readonly pod: Pod; readonly state: PodState } | null {
  // A pod moves only forward in PLACES, so one that moves during this loop is found at a later
  // place.
  for (const place of PLACES) {
    const pod = podAt(dir, place, uuid)
    const locked = isLocked(pod.directory)
    if (locked !== null) return { pod, state: stateOf(place, locked) }
  }
  return null
}

/** Moves a pod to another place, which commits a change of its state. The caller holds its lock. */
export function move(dir: DataDir, pod: Pod, place: Place): Pod {
  const moved = podAt(dir, place, pod.uuid)
  if (place !== pod.place) renameSync(pod.directory, moved.directory)
  return moved
}
