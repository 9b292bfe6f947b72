import { closeSync, fstatSync, statSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { native } from '#native'

/** Whom a lock excludes: `shared`: those who ask for an exclusive one; `exclusive`: everybody. */
export type LockMode = 'shared' | 'exclusive'

/** A lock, flock(2), on a file or directory. It stays with the file wherever that is renamed to, and ends with its descriptor. */
export interface Lock extends Disposable {
  readonly fd: number
  /** Does what disposing does: gives up the lock. The second time does nothing. */
  readonly release: () => void
}

/**
 * Why what a path leads to could not be locked. `missing`: it leads to nothing. `moved`: between the opening and the lock, somebody moved
 * away or removed what it led to, and may have put something else there.
 */
export type Gone = 'missing' | 'moved'

/** Takes a lock, and then makes sure that `path` still leads to what is locked. `held`: somebody else's lock excludes it. */
export function lockNow(path: string, mode: LockMode): Lock | Gone | 'held' {
  try {
    const fd = native.tryLock(path, mode)
    return fd === null ? 'held' : checked(path, fd)
  } catch (error) {
    return missing(error)
  }
}

/** Does the same, and waits as long as somebody else's lock excludes it. */
export async function lockWhenFree(path: string, mode: LockMode): Promise<Lock | Gone> {
  const lock = lockNow(path, mode)
  if (lock !== 'held') return lock
  try {
    return checked(path, await native.waitLock(path, mode))
  } catch (error) {
    return missing(error)
  }
}

/** What somebody would get who asks for a lock now. */
export function lockState(path: string, mode: LockMode): 'free' | 'held' | Gone {
  const lock = lockNow(path, mode)
  if (typeof lock === 'string') return lock
  lock.release()
  return 'free'
}

/** Does `act` under the exclusive lock of a file or directory that nobody moves or replaces, so that `path` needs no second look. */
export async function underLock<T>(path: string, act: () => T | Promise<T>): Promise<T> {
  const fd = native.tryLock(path, 'exclusive') ?? (await native.waitLock(path, 'exclusive'))
  try {
    return await act()
  } finally {
    closeSync(fd)
  }
}

function checked(path: string, fd: number): Lock | 'moved' {
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
  let held = true
  const release = (): void => {
    if (held) closeSync(fd)
    held = false
  }
  return { fd, release, [Symbol.dispose]: release }
}

/** Tells whether `path` still leads to what `fd` has open. */
function isSame(path: string, fd: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false })
  const then = fstatSync(fd)
  return now?.ino === then.ino && now.dev === then.dev
}

function missing(error: unknown): 'missing' {
  if (isErrno(error, 'ENOENT')) return 'missing'
  throw error
}
