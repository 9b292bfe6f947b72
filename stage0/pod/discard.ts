import type { DataDir } from '../data-dir.js'
import type { PodLock } from './lock.js'
import { move, type Pod } from './pod.js'
import { removeDirectory } from './remove-directory.js'

/** A pod and its lock, which this process holds. */
export interface LockedPod {
  readonly pod: Pod
  readonly lock: PodLock
}

/** Removes a pod that failed before it ran. What a crash, or a copy still under way, leaves of it, `gc` removes. */
export function discard(dir: DataDir, { pod, lock }: LockedPod): void {
  try {
    removeDirectory(move(dir, pod, 'garbage'))
  } catch {
    // the error that is reported is why the pod failed
  }
  lock[Symbol.dispose]()
}
