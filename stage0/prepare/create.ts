import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { unitID } from '#schema/unit-name.js'
import { PLACES, type DataDir } from '../data-dir.js'
import { randomUUID } from '../files/random.js'
import type { LockedPod } from '../pod/discard.js'
import { lockNew } from '../pod/lock.js'
import { move, podAt } from '../pod/pod.js'

/** Makes a pod directory with a fresh UUID (E1) in `prepare`, and locks it for the pod's whole life. */
export function createPod(dir: DataDir): LockedPod {
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
