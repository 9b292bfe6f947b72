import { readdirSync, renameSync } from 'node:fs'
import { PLACES, type DataDir, type Place } from '../data-dir.js'
import { ignoreMissing } from '../files/missing.js'
import { isLocked } from './lock.js'
import { stateOf, VISIBLE, type PodState } from './state.js'

/** A pod where it was seen last; it may have moved since. */
export interface Pod {
  readonly uuid: string
  readonly place: Place
  /** Absolute. */
  readonly directory: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Tells whether a text is a whole UUID as we write them. */
export const isUUID = (text: string): boolean => UUID.test(text)

/** The pod in that place; touches nothing. */
export const podAt = (dir: DataDir, place: Place, uuid: string): Pod => ({
  uuid,
  place,
  directory: dir.pod(place, uuid),
})

/** The pods in some places, each once, where it was met last. A data directory that is not there has none. */
export function scan(dir: DataDir, places: readonly Place[] = VISIBLE): Pod[] {
  const pods = new Map<string, Pod>()
  // in the order of a pod's life, so that one that moves on meanwhile is met at least once
  for (const place of PLACES.filter((name) => places.includes(name))) {
    for (const uuid of uuidsIn(dir.place(place))) pods.set(uuid, podAt(dir, place, uuid))
  }
  return [...pods.values()]
}

const uuidsIn = (path: string): string[] => ignoreMissing(() => readdirSync(path).filter(isUUID).sort(), [])

/** Where a pod is now and what it is doing; null when it is nowhere any more. */
export function look(dir: DataDir, uuid: string): { readonly pod: Pod; readonly state: PodState } | null {
  // pods move on in this order only, so one that moves away while we look is met further down
  for (const place of PLACES) {
    const pod = podAt(dir, place, uuid)
    const locked = isLocked(pod.directory)
    if (locked !== null) return { pod, state: stateOf(place, locked) }
  }
  return null
}

/** Moves a pod to another place: the commit of every change of state. The caller holds its lock. */
export function move(dir: DataDir, pod: Pod, place: Place): Pod {
  const moved = podAt(dir, place, pod.uuid)
  if (place !== pod.place) renameSync(pod.directory, moved.directory)
  return moved
}
