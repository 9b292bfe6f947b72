import type { JournalEntry } from '#native'

export type Stream = 'stdout' | 'stderr'

/** What an app wrote, as far as the journal's entries hold it. */
export interface Output {
  readonly stream: Stream
  readonly bytes: Buffer
}

/** Priorities up to this one are stderr's (the in-pod program gives stdout 6 and stderr 3). */
const LAST_OF_STDERR = 3
const OF_STDOUT = 6

/** What ended the line where it was no newline (systemd.journal-fields(7), _LINE_BREAK=); the others end it not at all. */
const LINE_ENDS: Readonly<Record<string, Buffer>> = { newline: Buffer.from('\n'), nul: Buffer.from('\0') }
const UNENDED = Buffer.alloc(0)

const streamOf = ({ priority = OF_STDOUT }: JournalEntry): Stream => (priority <= LAST_OF_STDERR ? 'stderr' : 'stdout')

/** How many entries there are of each stream. */
export function countByStream(entries: readonly JournalEntry[]): Readonly<Record<Stream, number>> {
  const count = { stdout: 0, stderr: 0 }
  for (const entry of entries) count[streamOf(entry)]++
  return count
}

/** Turns journal entries back into the bytes that were written: one piece for what follows each other on one stream. */
export function outputOf(entries: readonly JournalEntry[]): readonly Output[] {
  const outputs: { stream: Stream; pieces: Buffer[] }[] = []
  for (const entry of entries) {
    const { message, lineBreak = 'newline' } = entry
    const stream = streamOf(entry)
    let last = outputs.at(-1)
    if (last?.stream !== stream) outputs.push((last = { stream, pieces: [] }))
    last.pieces.push(message, LINE_ENDS[lineBreak] ?? UNENDED)
  }
  return outputs.map(({ stream, pieces }) => ({ stream, bytes: Buffer.concat(pieces) }))
}
