import { closeSync, existsSync, lstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { lockNow, lockState, lockWhenFree } from '../files/lock.js'
import { ignoreMissing } from '../files/missing.js'

/**
 * The exclusive lock on the lock file of a pod directory; it goes with the directory wherever that is renamed to. It is a file, for
 * the pod init keeps it open inside the pod, where nothing may lead to a directory of the host.
 */
export interface PodLock extends Disposable {
  readonly fd: number
}

/** The lock file of a pod directory. */
export const lockFile = (directory: string): string => join(directory, POD_DIR.lock)

/**
 * Tells whether somebody holds the exclusive lock on a pod directory; null when there is no such directory (any more). What is no lock file
 * nobody holds.
 */
export function isLocked(directory: string): boolean | null {
  try {
    const state = lockState(lockFile(directory), 'shared')
    if (state === 'moved') return null
    if (state !== 'missing') return state === 'held'
  } catch (error) {
    if (!isErrno(error, 'ENOTDIR', 'ELOOP', 'EISDIR', 'EACCES', 'EIO')) throw error
  }
  // a directory just made, one that is as good as removed, or one that a hand or a dying disk has spoilt
  return existsSync(directory) ? false : null
}

/**
 * Takes the exclusive lock on a pod directory nobody works on. `busy`: somebody holds it (the pod runs, is being prepared
 * or deleted); `gone`: the directory moved away. Waits for those who only look, which is never long. Errors: POD_STATE where what should be
 * its lock file is none.
 */
export async function acquire(directory: string): Promise<PodLock | 'busy' | 'gone'> {
  checkLockFile(directory)
  try {
    const file = madeLockFile(directory)
    let lock = lockNow(file, 'exclusive')
    if (lock === 'held') {
      if (isLocked(directory) !== false) return 'busy'
      lock = await lockWhenFree(file, 'exclusive')
    }
    return typeof lock === 'string' ? 'gone' : lock
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return 'gone'
    throw error
  }
}

function checkLockFile(directory: string): void {
  const file = lockFile(directory)
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) {
    throw new RuntimeError('POD_STATE', `${file}: is no file, so nobody can lock the pod`, { hint: `rm -r ${file}` })
  }
}

/** The lock file of a directory, made where a crash came before it. */
function madeLockFile(directory: string): string {
  const file = lockFile(directory)
  closeSync(openSync(file, 'a', 0o600))
  return file
}

/** Does something under a lock and lets it go, whatever happens. */
export async function holding<T>(lock: PodLock, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } finally {
    lock[Symbol.dispose]()
  }
}

/** Locks a directory just made; null when a collector took it for debris first. */
export function lockNew(directory: string): PodLock | null {
  const file = ignoreMissing(() => madeLockFile(directory), null)
  if (file === null) return null
  const lock = lockNow(file, 'exclusive')
  return typeof lock === 'string' ? null : lock
}
