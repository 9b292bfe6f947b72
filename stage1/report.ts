import { writeSync } from 'node:fs'
import { RuntimeError, isErrno, messageOf } from '#schema/errors.js'
import { visible } from '#schema/visible.js'

let lastLine = Promise.resolve()

/**
 * Writes one line to stderr. All text that stage1 writes to stderr passes here, with its control
 * characters escaped: text of an image controls no terminal. A closed stderr is not an error. Where
 * stderr is full, the rest is written in the background; see {@link flushed}.
 */
function writeLine(line: string): void {
  const text = `${visible(line)}\n`
  try {
    writeSync(2, text)
  } catch (error) {
    if (!isErrno(error, 'EAGAIN')) return
    lastLine = new Promise((resolve) => process.stderr.write(text, () => resolve()))
  }
}

/** Settles when all lines have left this process. */
export const flushed = (): Promise<void> => lastLine

/** Writes a warning for the operator to stderr. */
export const warn = (message: string): void => writeLine(`warning: ${message}`)

/**
 * Writes an error to stderr: what is wrong, and the next command to type. With APPC_DEBUG also its
 * stack and its cause.
 */
export function fail(error: unknown): void {
  const expected = error instanceof RuntimeError
  writeLine(`appc: ${expected ? error.message : `internal error: ${messageOf(error)}`}`)
  if (expected && error.hint !== undefined) writeLine(`hint: ${error.hint}`)
  if (!expected || process.env['APPC_DEBUG'])
    (error instanceof Error ? (error.stack ?? '') : '').split('\n').forEach(writeLine)
  if (process.env['APPC_DEBUG'] && error instanceof Error && error.cause)
    writeLine(`caused by: ${messageOf(error.cause)}`)
}
