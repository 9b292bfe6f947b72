import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NO_FILE } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { DataDir, Place } from '../data-dir.js'
import { lockState } from '../files/lock.js'
import { ignoreMissing } from '../files/missing.js'

/**
 * The UUIDs of the pods that need an image, as an app's own or as a dependency: prepared ones, and those being prepared or
 * running, which is what a held lock says of the two places.
 */
export function imageUsers(dir: DataDir, id: string): string[] {
  const needing = (place: Place, whenLocked: boolean): string[] =>
    names(dir.place(place)).filter((uuid) => {
      const pod = dir.pod(place, uuid)
      return refersTo(pod, id) && (!whenLocked || isLocked(pod))
    })
  return [...needing('prepare', true), ...needing('prepared', false), ...needing('run', true)]
}

function refersTo(pod: string, id: string): boolean {
  return neededBy(pod).has(id)
}

/** The IDs of all images and rendered trees that a pod directory refers to. */
function neededBy(pod: string): ReadonlySet<string> {
  const files = (app: string): string[] => [POD_DIR.appImageID(app), POD_DIR.appImages(app)]
  const lines = names(join(pod, 'appsinfo')).flatMap((app) =>
    files(app).flatMap((file) => text(join(pod, file)).split('\n')),
  )
  return new Set(lines.filter(Boolean))
}

/** Where a pod may be whose images and trees must stay, whether or not it will ever run again. */
const KEEPING: readonly Place[] = ['embryo', 'prepare', 'prepared', 'run', 'exited-garbage']

/** The UUIDs of all pods that refer to an image, in whatever state they are, until they are garbage. */
export const imageKeepers = (dir: DataDir, id: string): string[] =>
  KEEPING.flatMap((place) => names(dir.place(place)).filter((uuid) => refersTo(dir.pod(place, uuid), id)))

/** The IDs of all images and rendered trees that any pod refers to, in whatever state it is, until it is garbage. */
export function neededByPods(dir: DataDir): ReadonlySet<string> {
  const needed = new Set<string>()
  for (const place of KEEPING) {
    for (const uuid of names(dir.place(place))) for (const id of neededBy(dir.pod(place, uuid))) needed.add(id)
  }
  return needed
}

/** Somebody holds the pod's lock: asked with a shared one, which two askers can have at once. */
const isLocked = (pod: string): boolean =>
  ignoreMissing(() => lockState(join(pod, POD_DIR.lock), 'shared') === 'held', false, NO_FILE)

const names = (path: string): string[] => ignoreMissing(() => readdirSync(path), [], NO_FILE)
const text = (path: string): string => ignoreMissing(() => readFileSync(path, 'utf8'), '', NO_FILE)
