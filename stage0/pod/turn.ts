import { mkdirSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { RUNTIME_DIR } from '#schema/runtime-dir.js'
import { native } from '#native'
import { ignoreMissing } from '../files/missing.js'

/** The longest wait for the starts of other pods, which may hang. */
const MAX_WAIT_MS = 5000

/**
 * A pod's turn to start. systemd sends each of its clients messages about all units, so the work
 * grows with the square of the number of pods that start at the same time. A turn only limits this
 * number; it protects no data. A pod that waited for too long, or that cannot acquire a turn,
 * starts without one. The turn ends with its descriptor, which stage1 closes when the pod has
 * started.
 */
export class Turn {
  #lock: number | undefined

  /** Waits while many other pods start. Never fails. */
  async wait(): Promise<void> {
    try {
      this.#lock = await acquirePlace()
    } catch {
      // the pod starts without a turn
    }
  }

  /** The descriptor that stage1 inherits. */
  get fd(): number {
    return (this.#lock ??= openSync('/dev/null', 'r'))
  }
}

/** Returns the lock of one of the places, or undefined after {@link MAX_WAIT_MS}. */
async function acquirePlace(): Promise<number | undefined> {
  const places = Array.from(
    { length: Math.max(4, 2 * availableParallelism()) },
    (_, index) => `${RUNTIME_DIR.starting}/${index}`,
  )
  for (const path of places) {
    const lock = lockIfFree(path)
    if (lock !== null) return lock
  }
  return await withTimeout(native.waitLock(places[process.pid % places.length] ?? RUNTIME_DIR.starting, 'exclusive'))
}

function lockIfFree(path: string): number | null {
  const lock = ignoreMissing(() => native.tryLock(path, 'exclusive'), undefined)
  if (lock !== undefined) return lock
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return native.tryLock(path, 'exclusive')
}

async function withTimeout<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  const timeout = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => timeout.resolve(undefined), MAX_WAIT_MS)
  try {
    return await Promise.race([promise, timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}
