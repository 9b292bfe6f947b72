import { mkdirSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { RUNTIME_DIR } from '#schema/runtime-dir.js'
import { native } from '#native'
import { ignoreMissing } from '../files/missing.js'

/** How long a pod waits for others, whose starts may hang. */
const PATIENCE_MS = 5000

/**
 * A pod's turn to start. systemd tells each of its connections about all units, so the work grows with the square of how many pods start
 * at once. A turn keeps an order and protects nothing: who has waited for long, or cannot take one, goes on. It ends with its
 * descriptor, which stage1 closes when the pod has started.
 */
export class Turn {
  #lock: number | undefined

  /** Waits while many other pods start. */
  async take(): Promise<void> {
    try {
      this.#lock = await place()
    } catch {
      // one of many that starts out of turn
    }
  }

  /** For stage1 to inherit. */
  get fd(): number {
    return (this.#lock ??= openSync('/dev/null', 'r'))
  }
}

/** Gives the lock of one of the places, or nothing after a long time. */
async function place(): Promise<number | undefined> {
  const places = Array.from(
    { length: Math.max(4, 2 * availableParallelism()) },
    (_, index) => `${RUNTIME_DIR.starting}/${index}`,
  )
  for (const path of places) {
    const lock = lockIfFree(path)
    if (lock !== null) return lock
  }
  return await patiently(native.waitLock(places[process.pid % places.length] ?? RUNTIME_DIR.starting, 'exclusive'))
}

function lockIfFree(path: string): number | null {
  const lock = ignoreMissing(() => native.tryLock(path, 'exclusive'), undefined)
  if (lock !== undefined) return lock
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return native.tryLock(path, 'exclusive')
}

async function patiently<Value>(waited: Promise<Value>): Promise<Value | undefined> {
  const enough = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => enough.resolve(undefined), PATIENCE_MS)
  try {
    return await Promise.race([waited, enough.promise])
  } finally {
    clearTimeout(timer)
  }
}
