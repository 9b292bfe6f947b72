import type { DataDir } from '../data-dir.js'
import { discard, type LockedPod } from './discard.js'
import { handOver } from './handoff.js'
import { move } from './pod.js'
import type { Turn } from './turn.js'

/**
 * Starts a prepared pod: moves it to `run` and executes its stage1 launcher, which takes over the
 * turn. Does not return. A pod that cannot be handed over is removed. Errors: those of
 * {@link handOver}.
 */
export function startPod(dir: DataDir, { pod: prepared, lock }: LockedPod, turn: Turn): never {
  let pod = prepared
  try {
    pod = move(dir, pod, 'run')
    return handOver(pod, lock, turn)
  } catch (error) {
    discard(dir, { pod, lock })
    throw error
  }
}
