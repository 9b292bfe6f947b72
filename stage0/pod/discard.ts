import type { DataDir } from '../data-dir.js'
import type { PodLock } from './lock.js'
import { move, type Pod } from './pod.js'
import { removeDirectory } from './remove-directory.js'

/** A pod and its lock, which this process holds. */
export interface LockedPod {
  readonly pod: Pod
  readonly lock: PodLock
}

/**
 * Removes a pod that failed before it ran, and releases its lock. `gc` removes what remains after a
 * crash, or while a copy still runs.
 */
export function discard(dir: DataDir, { pod, lock }: LockedPod): void {
  try {
    removeDirectory(move(dir, pod, 'garbage'))
  } catch {
    // the caller reports the error that made the pod fail
  }
  lock[Symbol.dispose]()
}
