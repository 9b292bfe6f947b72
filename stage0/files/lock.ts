import { closeSync, fstatSync, statSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { native } from '#native'

/** Which locks a lock excludes. `shared`: exclusive locks only; `exclusive`: every other lock. */
export type LockMode = 'shared' | 'exclusive'

/**
 * A flock(2) lock on a file or directory. The lock stays with the file when the file is renamed,
 * and ends when its descriptor is closed.
 */
export interface Lock extends Disposable {
  readonly fd: number
  /** Releases the lock, as disposing does. A second call does nothing. */
  readonly release: () => void
}

/**
 * Why a path could not be locked. `missing`: the path does not exist. `moved`: between the opening
 * and the lock, another process moved or removed the file, and may have put another one in its
 * place.
 */
export type LockFailure = 'missing' | 'moved'

/**
 * Acquires a lock without waiting, and then verifies that `path` still leads to the locked file.
 * `held`: another process holds a lock that excludes this one.
 */
export function lockNow(path: string, mode: LockMode): Lock | LockFailure | 'held' {
  try {
    const fd = native.tryLock(path, mode)
    return fd === null ? 'held' : verifyPath(path, fd)
  } catch (error) {
    return missingOrThrow(error)
  }
}

/** Does the same as {@link lockNow}, but waits while another lock excludes this one. */
export async function lockWhenFree(path: string, mode: LockMode): Promise<Lock | LockFailure> {
  const lock = lockNow(path, mode)
  if (lock !== 'held') return lock
  try {
    return verifyPath(path, await native.waitLock(path, mode))
  } catch (error) {
    return missingOrThrow(error)
  }
}

/** The result that a call of {@link lockNow} would have now. The function releases its own lock. */
export function lockState(path: string, mode: LockMode): 'free' | 'held' | LockFailure {
  const lock = lockNow(path, mode)
  if (typeof lock === 'string') return lock
  lock.release()
  return 'free'
}

/**
 * Runs `action` under the exclusive lock of a file or directory, and waits for that lock. No
 * process may move or replace the file, so `path` is not verified after the lock.
 */
export async function underLock<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  const fd = native.tryLock(path, 'exclusive') ?? (await native.waitLock(path, 'exclusive'))
  try {
    return await action()
  } finally {
    closeSync(fd)
  }
}

function verifyPath(path: string, fd: number): Lock | 'moved' {
  const lock = lockOf(fd)
  try {
    if (isSame(path, fd)) return lock
  } catch (error) {
    lock.release()
    throw error
  }
  lock.release()
  return 'moved'
}

function lockOf(fd: number): Lock {
  let isHeld = true
  const release = (): void => {
    if (isHeld) closeSync(fd)
    isHeld = false
  }
  return { fd, release, [Symbol.dispose]: release }
}

/** Tells whether `path` still leads to the open file `fd`. */
function isSame(path: string, fd: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false })
  const then = fstatSync(fd)
  return now?.ino === then.ino && now.dev === then.dev
}

function missingOrThrow(error: unknown): 'missing' {
  if (isErrno(error, 'ENOENT')) return 'missing'
  throw error
}
