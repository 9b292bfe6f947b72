import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { DataDir } from '../data-dir.js'
import { lockNow } from '../files/lock.js'

/** A directory below `tmp/` whose lock shows that a process still uses it. */
export interface Staging extends Disposable {
  readonly path: string
  /** Releases the lock; a directory that is still at `path` is garbage then. */
  release: () => void
}

/** Creates a new staging directory and locks it: `tmp/<purpose>-XXXXXX`, mode 0700. */
export function makeStaging(dir: DataDir, purpose: string): Staging {
  for (;;) {
    const path = mkdtempSync(join(dir.tmp, `${purpose}-`))
    const lock = lockNow(path, 'exclusive')
    // between the two calls, a collector may have removed or locked it as garbage
    if (typeof lock === 'string') continue
    return { path, release: lock.release, [Symbol.dispose]: lock.release }
  }
}
