import { closeSync, mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { native } from '#native'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { SIGNALS } from './stop-on-signal.js'

/** Holds a directory for each launcher that may start a pod at a time; its lock is the launcher's. Gone with the next boot. */
const PLACES = '/run/appc/starting'

/** How long a launcher waits for others, whose starts may hang. */
const PATIENCE_MS = 5000

/** Ends it, as the end of this process does. */
export type Turn = () => void

/**
 * Waits while many others start a pod: systemd tells each of its connections about all units, so the work grows with the square
 * of how many start at once. It keeps an order and protects nothing: whoever has waited for long goes on.
 *
 * @throws RuntimeError POD_START_FAILED for a signal meanwhile
 */
export async function takeTurn(): Promise<Turn> {
  const places = Array.from({ length: Math.max(4, 2 * availableParallelism()) }, (_, index) => `${PLACES}/${index}`)
  for (const place of places) {
    const lock = lockIfFree(place)
    if (lock !== null) return () => closeSync(lock)
  }
  const locked = native.waitLock(places[process.pid % places.length] ?? PLACES, 'exclusive')
  await patiently(locked)
  return () => void locked.then(closeSync, () => undefined)
}

function lockIfFree(place: string): number | null {
  try {
    return native.tryLock(place, 'exclusive')
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    mkdirSync(place, { recursive: true, mode: 0o700 })
    return native.tryLock(place, 'exclusive')
  }
}

async function patiently(locked: Promise<unknown>): Promise<void> {
  const enough = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => enough.resolve(undefined), PATIENCE_MS)
  const interrupt = (signal: NodeJS.Signals): void =>
    enough.reject(
      new RuntimeError('POD_START_FAILED', `pod: ${signal} came before it was started`, { hint: 'appc list' }),
    )
  for (const signal of SIGNALS) process.on(signal, interrupt)
  try {
    await Promise.race([locked, enough.promise])
  } finally {
    clearTimeout(timer)
    for (const signal of SIGNALS) process.off(signal, interrupt)
  }
}
