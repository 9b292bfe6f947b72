import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { writeSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { emit } from './output.js'
import { logLine, type LogEntry } from './log-line.js'

/** The entries that {@link followLogs} shows, and when it ends. */
export interface FollowOptions {
  readonly journalctl: string
  /** journalctl options that select entries. */
  readonly options: readonly string[]
  /** Fields that the entries must have, as journalctl takes them. */
  readonly matches: readonly string[]
  readonly format: string
  /** Settles when the pod has ended. */
  readonly ended: Promise<unknown>
}

/**
 * Shows entries of the journal as they arrive, until the pod has ended and all of its entries are
 * shown, or until the reader of stdout has closed it. Returns the exit status: 0, or that of
 * journalctl where it fails.
 */
export async function followLogs({ journalctl, options, matches, format, ended }: FollowOptions): Promise<number> {
  const words = ['--quiet', '--all', '--output=json', ...options, ...matches]
  const child = spawn(journalctl, ['--follow', ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const state = { finished: false }
  const finish = (): void => {
    state.finished = true
    child.kill()
  }
  let shownCursor: string | undefined
  let endCursor: string | undefined
  ended.then(
    () => {
      synchronize(journalctl)
      endCursor = readLastCursor(journalctl, words)
      if (endCursor === undefined || endCursor === shownCursor) finish()
    },
    () => finish(),
  )
  const exited = once(child, 'close') as Promise<[number | null]>
  for await (const line of createInterface({ input: child.stdout })) {
    if (state.finished) continue
    const entry = JSON.parse(line) as LogEntry
    if (!(await write(`${logLine(format, entry, line)}\n`))) finish()
    shownCursor = String(entry['__CURSOR'])
    if (shownCursor === endCursor) finish()
  }
  const [status] = await exited
  return state.finished ? 0 : (status ?? 1)
}

/**
 * Waits until journald has stored all entries that were sent to it before. If that fails, the
 * caller shows what is stored.
 */
export function synchronize(journalctl: string): void {
  spawnSync(journalctl, ['--sync'], { stdio: 'ignore' })
}

/** The cursor of the newest entry; undefined where there is none. */
function readLastCursor(journalctl: string, words: readonly string[]): string | undefined {
  const newest = words.filter((word) => !word.startsWith('--lines'))
  const line = execFileSync(journalctl, ['--lines=1', ...newest], { encoding: 'utf8', maxBuffer: 1 << 27 })
  return line === '' ? undefined : String((JSON.parse(line) as LogEntry)['__CURSOR'])
}

/** Writes to stdout. Returns false if the reader has closed it. */
async function write(text: string): Promise<boolean> {
  try {
    writeSync(1, text)
    return true
  } catch (error) {
    if (isErrno(error, 'EPIPE')) return false
    if (!isErrno(error, 'EAGAIN')) throw error
    await emit(1, text)
    return true
  }
}
