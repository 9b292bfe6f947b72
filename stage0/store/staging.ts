import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { DataDir } from '../data-dir.js'
import { lockNow } from '../files/lock.js'

/** A directory below `tmp/` whose lock says that somebody still works on it. */
export interface Staging extends Disposable {
  readonly path: string
  /** Gives up the lock; what is still at `path` is garbage from then on. */
  release: () => void
}

/** Makes a fresh staging directory, locked: `tmp/<purpose>-XXXXXX`, mode 0700. */
export function makeStaging(dir: DataDir, purpose: string): Staging {
  for (;;) {
    const path = mkdtempSync(join(dir.tmp, `${purpose}-`))
    const lock = lockNow(path, 'exclusive')
    // between the two calls a collector may have taken it for garbage
    if (typeof lock === 'string') continue
    return { path, release: lock.release, [Symbol.dispose]: lock.release }
  }
}
