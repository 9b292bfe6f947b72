import { NO_FILE } from '#schema/errors.js'
import { lockNow } from './lock.js'
import { unlessMissing } from './missing.js'

/**
 * Does `act` under the exclusive lock of the directory `path` and gives what it says. False where somebody holds the lock, and
 * where the directory is gone: removed, or replaced by whoever held the lock before.
 */
export function whereUnheld(path: string, act: () => boolean): boolean {
  const attempt = (): boolean => {
    const lock = lockNow(path, 'exclusive')
    if (typeof lock === 'string') return false
    try {
      return act()
    } finally {
      lock.release()
    }
  }
  return unlessMissing(attempt, false, NO_FILE)
}
