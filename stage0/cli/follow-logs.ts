import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { writeSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { emit } from './output.js'
import { logLine, type LogEntry } from './log-line.js'

/** What is followed. */
export interface Followed {
  readonly journalctl: string
  /** Options that choose from the entries, as journalctl takes them. */
  readonly options: readonly string[]
  /** Fields the entries must have. */
  readonly matches: readonly string[]
  readonly format: string
  /** Settles when the pod has ended. */
  readonly ended: Promise<unknown>
}

/**
 * Shows entries of the journal as they come, until the pod has ended and all of them are shown, or nobody reads any more. Gives the exit status: 0, or
 * journalctl's own where it fails.
 */
export async function followLogs({ journalctl, options, matches, format, ended }: Followed): Promise<number> {
  const words = ['--quiet', '--all', '--output=json', ...options, ...matches]
  const child = spawn(journalctl, ['--follow', ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const state = { finished: false }
  const finish = (): void => {
    state.finished = true
    child.kill()
  }
  let shown: string | undefined
  let last: string | undefined
  ended.then(
    () => {
      synchronize(journalctl)
      last = lastCursor(journalctl, words)
      if (last === undefined || last === shown) finish()
    },
    () => finish(),
  )
  const exited = once(child, 'close') as Promise<[number | null]>
  for await (const line of createInterface({ input: child.stdout })) {
    if (state.finished) continue
    const entry = JSON.parse(line) as LogEntry
    if (!(await show(`${logLine(format, entry, line)}\n`))) finish()
    shown = String(entry['__CURSOR'])
    if (shown === last) finish()
  }
  const [status] = await exited
  return state.finished ? 0 : (status ?? 1)
}

/** Waits until the journal has all that was sent to it before. Where it cannot be asked, what it has is shown. */
export function synchronize(journalctl: string): void {
  spawnSync(journalctl, ['--sync'], { stdio: 'ignore' })
}

/** The cursor of the newest entry; undefined where there is none. */
function lastCursor(journalctl: string, words: readonly string[]): string | undefined {
  const newest = words.filter((word) => !word.startsWith('--lines'))
  const line = execFileSync(journalctl, ['--lines=1', ...newest], { encoding: 'utf8', maxBuffer: 1 << 27 })
  return line === '' ? undefined : String((JSON.parse(line) as LogEntry)['__CURSOR'])
}

/** Writes to stdout; tells whether anybody reads it. */
async function show(text: string): Promise<boolean> {
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
