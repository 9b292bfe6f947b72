import { closeSync, futimesSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { DataDir } from '../data-dir.js'
import { IMAGE_DIR } from './read.js'

/** Records that a pod is created from these images now. The caller has locked them. */
export function markUsed(dir: DataDir, ids: readonly string[], now: Date = new Date()): void {
  for (const id of ids) {
    const fd = openSync(join(dir.image(id), IMAGE_DIR.used), 'a', 0o600)
    try {
      futimesSync(fd, now, now)
    } finally {
      closeSync(fd)
    }
  }
}
