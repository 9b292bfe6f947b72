import { closeSync } from 'node:fs'
import { isErrno, NO_FILE } from '#schema/errors.js'
import { native } from '#native'
import { isSame } from './share.js'

/**
 * Does `act` under the exclusive lock of the directory `path` and gives what it says. False where somebody holds the lock, and
 * where the directory is gone: removed, or replaced by whoever held the lock before.
 */
export function whereUnheld(path: string, act: () => boolean): boolean {
  let fd: number | null = null
  try {
    fd = native.tryLock(path, 'exclusive')
    return fd !== null && isSame(path, fd) && act()
  } catch (error) {
    if (isErrno(error, ...NO_FILE)) return false
    throw error
  } finally {
    if (fd !== null) closeSync(fd)
  }
}
