import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { unitID } from '#schema/unit-name.js'
import { PLACES, type DataDir } from '../data-dir.js'
import { randomUUID } from '../files/random.js'
import type { LockedPod } from '../pod/discard.js'
import { lockNew } from '../pod/lock.js'
import { move, podAt } from '../pod/pod.js'

/**
 * Creates a pod directory with a new UUID (E1) in `prepare`, and locks it for the whole life of the
 * pod.
 */
export function createPod(dir: DataDir): LockedPod {
  for (;;) {
    const pod = podAt(dir, 'embryo', freshUUID(dir))
    mkdirSync(pod.directory, { mode: 0o700 })
    const lock = lockNew(pod.directory)
    // between the two calls a collector may have removed the directory as garbage
    if (lock === null) continue
    closeSync(openSync(join(pod.directory, POD_DIR.created), 'wx', 0o600))
    return { pod: move(dir, pod, 'prepare'), lock }
  }
}

/**
 * A random UUID (RFC 4122, version 4) whose first 8 digits, which name the units, are unique among
 * the pods of this host. `draw` returns the next random UUID.
 */
export function freshUUID(dir: DataDir, draw: () => string = randomUUID): string {
  const uuidsByPlace = PLACES.map((place) => readdirSync(dir.place(place)))
  for (;;) {
    const uuid = draw()
    const id = unitID(uuid)
    if (!uuidsByPlace.some((uuids) => uuids.some((existing) => existing.startsWith(id)))) return uuid
  }
}
