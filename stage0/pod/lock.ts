import { closeSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { native } from '#native'
import { isSame } from '../store/share.js'

/** The exclusive lock on a pod directory; it goes with the directory wherever that is renamed to. */
export interface PodLock extends Disposable {
  readonly fd: number
}

/** Tells whether somebody holds the exclusive lock on a pod directory; null when there is no such directory (any more). */
export function isLocked(directory: string): boolean | null {
  try {
    const fd = native.tryLock(directory, 'shared')
    if (fd === null) return true
    const same = isSame(directory, fd)
    closeSync(fd)
    return same ? false : null
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

/**
 * Takes the exclusive lock on a pod directory nobody works on. `busy`: somebody holds it (the pod runs, is being prepared
 * or deleted); `gone`: the directory moved away. Waits for those who only look, which is never long.
 */
export async function acquire(directory: string): Promise<PodLock | 'busy' | 'gone'> {
  try {
    let fd = native.tryLock(directory, 'exclusive')
    if (fd === null) {
      if (isLocked(directory) !== false) return 'busy'
      fd = await native.waitLock(directory, 'exclusive')
    }
    if (isSame(directory, fd)) return podLock(fd)
    closeSync(fd)
    return 'gone'
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return 'gone'
    throw error
  }
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
  try {
    const fd = native.tryLock(directory, 'exclusive')
    if (fd === null) return null
    if (isSame(directory, fd)) return podLock(fd)
    closeSync(fd)
    return null
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}

function podLock(fd: number): PodLock {
  let held = true
  return {
    fd,
    [Symbol.dispose]: () => {
      if (held) closeSync(fd)
      held = false
    },
  }
}
