import { CODES, messageOf, RuntimeError } from '#schema/errors.js'
import { ManifestError } from '#schema/manifest-error.js'
import { hintOfHost, hostFailure } from './host-failure.js'

/**
 * What stderr says of a failure: the message, the hint, under `debug` the causes as a tree; a bug shows its stack. `command`: what was asked for, where that is known.
 */
export function describe(thrown: unknown, debug: boolean, command?: string): string[] {
  const error = thrown instanceof RuntimeError ? thrown : hostFailure(thrown)
  if (error === null) return bug(thrown)
  const lines = messageLines(error)
  const hint = error.hint ?? generalHint(error, command)
  if (hint !== undefined) lines.push(`hint: ${hint}`)
  if (debug) lines.push(`code: ${error.code}`, ...causes(error))
  return lines
}

/** The next command where the error itself names none: what tells of the host's refusal, or how the command is written. */
function generalHint({ code, cause }: RuntimeError, command: string | undefined): string | undefined {
  if (code === 'FILE_UNREADABLE') return hintOfHost(cause)
  return code === 'USAGE' && command !== undefined ? `appc ${command} --help` : undefined
}

/** A broken manifest has a line for each problem; any other message is one line, whatever it quotes. */
function messageLines(error: RuntimeError): string[] {
  const [first = '', ...more] = error instanceof ManifestError ? error.message.split('\n') : [error.message]
  return [`appc: ${first}`, ...more]
}

/** The exit status of a failure. */
export const statusOf = (error: unknown): number => CODES[error instanceof RuntimeError ? error.code : 'INTERNAL'].exit

function bug(error: unknown): string[] {
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : String(error)
  return [`appc: internal error: ${messageOf(error)}`, 'code: INTERNAL', ...stack.split('\n')]
}

function causes(error: Error, depth = 0): string[] {
  const { cause } = error
  if (cause === undefined) return []
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  const line = `${'  '.repeat(depth)}└─ ${messageOf(cause)}${code}`
  return [line, ...(cause instanceof Error ? causes(cause, depth + 1) : [])]
}
