import { closeSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import { isErrno } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { isSame } from './share.js'

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
    const fd = lockNew(path)
    // between the two calls a collector may have taken it for garbage
    if (fd === null) continue
    if (!isSame(path, fd)) {
      closeSync(fd)
      continue
    }
    let held = true
    const release = (): void => {
      if (held) closeSync(fd)
      held = false
    }
    return { path, release, [Symbol.dispose]: release }
  }
}

function lockNew(path: string): number | null {
  try {
    return native.tryLock(path, 'exclusive')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}
