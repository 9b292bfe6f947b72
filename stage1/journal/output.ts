import type { Entry } from './export-format.js'

/** What an app wrote, as far as one journal entry holds it. */
export interface Output {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Buffer
}

/** Priorities up to this one are stderr's (the in-pod program gives stdout 6 and stderr 3). */
const LAST_OF_STDERR = 3

/** What ended the line where it was no newline (systemd.journal-fields(7), _LINE_BREAK=); the others end it not at all. */
const LINE_ENDS: Readonly<Record<string, string>> = { newline: '\n', nul: '\0' }

/** Turns a journal entry back into the bytes that were written. */
export function outputOf(entry: Entry): Output {
  const priority = parseInt(entry.get('PRIORITY')?.toString() ?? '', 10)
  const end = LINE_ENDS[entry.get('_LINE_BREAK')?.toString() ?? 'newline'] ?? ''
  const message = entry.get('MESSAGE') ?? Buffer.alloc(0)
  return {
    stream: priority <= LAST_OF_STDERR ? 'stderr' : 'stdout',
    bytes: end === '' ? message : Buffer.concat([message, Buffer.from(end)]),
  }
}
