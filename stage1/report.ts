import { writeSync } from 'node:fs'
import { RuntimeError, messageOf } from '#schema/errors.js'

const say = (line: string): void => void writeSync(2, `${line}\n`)

/** One line on stderr for the operator. */
export const warn = (message: string): void => say(`warning: ${message}`)

/** Tells a failure: what is wrong, and the next command to type. With APPC_DEBUG also where it came from. */
export function fail(error: unknown): void {
  const expected = error instanceof RuntimeError
  say(`appc: ${expected ? error.message : `internal error: ${messageOf(error)}`}`)
  if (expected && error.hint !== undefined) say(`hint: ${error.hint}`)
  if (!expected || process.env['APPC_DEBUG']) say(error instanceof Error ? (error.stack ?? '') : '')
  if (process.env['APPC_DEBUG'] && error instanceof Error && error.cause) say(`caused by: ${messageOf(error.cause)}`)
}
