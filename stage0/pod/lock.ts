import { closeSync, existsSync, lstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { lockNow, lockState, lockWhenFree } from '../files/lock.js'
import { ignoreMissing } from '../files/missing.js'

/**
 * The exclusive lock on the lock file of a pod directory. The lock stays with the directory when
 * the directory is renamed. The lock is on a file, because the pod init keeps it open inside the
 * pod, where no descriptor may lead to a directory of the host.
 */
export interface PodLock extends Disposable {
  readonly fd: number
}

/** The path of the lock file of a pod directory. */
export const lockFile = (directory: string): string => join(directory, POD_DIR.lock)

/**
 * Tells whether a process holds the exclusive lock on a pod directory; null if the directory does
 * not exist (any more). A lock file that is not a regular file cannot be locked: false.
 */
export function isLocked(directory: string): boolean | null {
  try {
    const state = lockState(lockFile(directory), 'shared')
    if (state === 'moved') return null
    if (state !== 'missing') return state === 'held'
  } catch (error) {
    if (!isErrno(error, 'ENOTDIR', 'ELOOP', 'EISDIR', 'EACCES', 'EIO')) throw error
  }
  // the lock file is missing: the directory is new, is almost completely removed, or was damaged by
  // a user or a failing disk
  return existsSync(directory) ? false : null
}

/**
 * Acquires the exclusive lock on a pod directory. `busy`: another process holds it (the pod runs,
 * is being prepared or removed); `gone`: the directory was moved. Waits for processes with a shared
 * lock, which they hold only for a moment. Errors: POD_STATE where the lock file is not a regular
 * file.
 */
export async function acquire(directory: string): Promise<PodLock | 'busy' | 'gone'> {
  checkLockFile(directory)
  try {
    const file = createLockFile(directory)
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

/** Creates the lock file where a crash came before its creation. Returns its path. */
function createLockFile(directory: string): string {
  const file = lockFile(directory)
  closeSync(openSync(file, 'a', 0o600))
  return file
}

/** Runs `action`, and then releases the lock, even after an error. */
export async function withLock<T>(lock: PodLock, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action()
  } finally {
    lock[Symbol.dispose]()
  }
}

/**
 * Acquires the lock of a new directory; null if a collector took the directory for garbage first.
 */
export function lockNew(directory: string): PodLock | null {
  const file = ignoreMissing(() => createLockFile(directory), null)
  if (file === null) return null
  const lock = lockNow(file, 'exclusive')
  return typeof lock === 'string' ? null : lock
}
