import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { unitID } from '#schema/unit-name.js'
import { PLACES, type DataDir } from '../data-dir.js'
import { randomUUID } from '../random.js'
import { lockNew, type PodLock } from './lock.js'
import { move, podAt, type Pod } from './pod.js'
import { removeDirectory } from './remove-directory.js'

/** A pod that is being prepared, and its lock, which is held for its whole life. */
export interface NewPod {
  readonly pod: Pod
  readonly lock: PodLock
}

/** Makes a locked pod directory with a fresh UUID (E1) in `prepare`. */
export function createPod(dir: DataDir): NewPod {
  for (;;) {
    const pod = podAt(dir, 'embryo', freshUUID(dir))
    mkdirSync(pod.directory, { mode: 0o700 })
    const lock = lockNew(pod.directory)
    // between the two calls a collector may have taken it for debris
    if (lock === null) continue
    closeSync(openSync(join(pod.directory, POD_DIR.created), 'wx', 0o600))
    return { pod: move(dir, pod, 'prepare'), lock }
  }
}

/** A random UUID (RFC 4122, version 4) whose first 8 digits, which name units, no other pod of this host has. `draw` gives the next one. */
export function freshUUID(dir: DataDir, draw: () => string = randomUUID): string {
  const others = PLACES.map((place) => readdirSync(dir.place(place)))
  for (;;) {
    const uuid = draw()
    const id = unitID(uuid)
    if (!others.some((uuids) => uuids.some((other) => other.startsWith(id)))) return uuid
  }
}

/** Removes a pod that came to nothing. What a crash leaves of it, or a copy under way, is what `gc` finds. */
export function discard(dir: DataDir, { pod, lock }: NewPod): void {
  try {
    removeDirectory(move(dir, pod, 'garbage'))
  } catch {
    // why it came to nothing is what is told
  }
  lock[Symbol.dispose]()
}
