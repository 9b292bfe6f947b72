import { writeSync } from 'node:fs'
import { RuntimeError, isErrno, messageOf } from '#schema/errors.js'
import { visible } from '#schema/visible.js'

let lastLine = Promise.resolve()

/**
 * One line on stderr: the one place where text of stage1 leaves it. What images put into it drives no terminal. A reader that has gone away is no failure of ours; one that
 * is slow is waited for, but not here.
 */
function say(line: string): void {
  const text = `${visible(line)}\n`
  try {
    writeSync(2, text)
  } catch (error) {
    if (!isErrno(error, 'EAGAIN')) return
    lastLine = new Promise((resolve) => process.stderr.write(text, () => resolve()))
  }
}

/** Settles when all that was said here has left this process. */
export const said = (): Promise<void> => lastLine

/** One line on stderr for the operator. */
export const warn = (message: string): void => say(`warning: ${message}`)

/** Tells a failure: what is wrong, and the next command to type. With APPC_DEBUG also where it came from. */
export function fail(error: unknown): void {
  const expected = error instanceof RuntimeError
  say(`appc: ${expected ? error.message : `internal error: ${messageOf(error)}`}`)
  if (expected && error.hint !== undefined) say(`hint: ${error.hint}`)
  if (!expected || process.env['APPC_DEBUG'])
    (error instanceof Error ? (error.stack ?? '') : '').split('\n').forEach(say)
  if (process.env['APPC_DEBUG'] && error instanceof Error && error.cause) say(`caused by: ${messageOf(error.cause)}`)
}
