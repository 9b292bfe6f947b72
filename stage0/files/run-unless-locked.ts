import { NO_FILE } from '#schema/errors.js'
import { lockNow } from './lock.js'
import { ignoreMissing } from './missing.js'

/**
 * Runs `action` under the exclusive lock of the directory `path`, and returns its result. Returns
 * false where another process holds a lock, and where the directory no longer exists or was
 * replaced by the earlier holder of the lock.
 */
export function runUnlessLocked(path: string, action: () => boolean): boolean {
  const attempt = (): boolean => {
    const lock = lockNow(path, 'exclusive')
    if (typeof lock === 'string') return false
    try {
      return action()
    } finally {
      lock.release()
    }
  }
  return ignoreMissing(attempt, false, NO_FILE)
}
