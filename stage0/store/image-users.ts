import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NO_FILE } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { DataDir, Place } from '../data-dir.js'
import { lockState } from '../files/lock.js'
import { ignoreMissing } from '../files/missing.js'

/**
 * The UUIDs of the pods that need an image, as an app's own image or as a dependency: prepared
 * pods, and pods that are being prepared or run. The latter are those in `prepare` and `run` with a
 * held lock.
 */
export function imageUsers(dir: DataDir, id: string): string[] {
  const usersIn = (place: Place, whenLocked: boolean): string[] =>
    names(dir.place(place)).filter((uuid) => {
      const pod = dir.pod(place, uuid)
      return usesImage(pod, id) && (!whenLocked || isLocked(pod))
    })
  return [...usersIn('prepare', true), ...usersIn('prepared', false), ...usersIn('run', true)]
}

function usesImage(pod: string, id: string): boolean {
  return imagesOf(pod).has(id)
}

/** The IDs of all images and rendered trees that a pod directory refers to. */
function imagesOf(pod: string): ReadonlySet<string> {
  const files = (app: string): string[] => [POD_DIR.appImageID(app), POD_DIR.appImages(app)]
  const lines = names(join(pod, 'appsinfo')).flatMap((app) =>
    files(app).flatMap((file) => text(join(pod, file)).split('\n')),
  )
  return new Set(lines.filter(Boolean))
}

/** The places of pods whose images and trees are kept, even if the pod never runs again. */
const KEEPING_PLACES: readonly Place[] = ['embryo', 'prepare', 'prepared', 'run', 'exited-garbage']

/** The UUIDs of all pods in any state, except garbage, that refer to an image. */
export const imageKeepers = (dir: DataDir, id: string): string[] =>
  KEEPING_PLACES.flatMap((place) => names(dir.place(place)).filter((uuid) => usesImage(dir.pod(place, uuid), id)))

/**
 * The IDs of all images and rendered trees to which any pod in any state, except garbage, refers.
 */
export function imagesOfPods(dir: DataDir): ReadonlySet<string> {
  const needed = new Set<string>()
  for (const place of KEEPING_PLACES) {
    for (const uuid of names(dir.place(place))) for (const id of imagesOf(dir.pod(place, uuid))) needed.add(id)
  }
  return needed
}

/**
 * Whether a process holds the pod's lock. The test uses a shared lock, so that tests do not disturb
 * each other.
 */
const isLocked = (pod: string): boolean =>
  ignoreMissing(() => lockState(join(pod, POD_DIR.lock), 'shared') === 'held', false, NO_FILE)

const names = (path: string): string[] => ignoreMissing(() => readdirSync(path), [], NO_FILE)
const text = (path: string): string => ignoreMissing(() => readFileSync(path, 'utf8'), '', NO_FILE)
