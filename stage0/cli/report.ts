import { CODES, messageOf, RuntimeError } from '#schema/errors.js'
import { ManifestError } from '#schema/manifest-error.js'
import { hostHint, hostFailure } from './host-failure.js'

/**
 * The lines on stderr about a failure: the message, the hint and, under `debug`, the causes as a
 * tree. A bug of appc shows its stack. `command` is the name of the command, if it is known.
 */
export function describe(failure: unknown, debug: boolean, command?: string): string[] {
  const error = failure instanceof RuntimeError ? failure : hostFailure(failure)
  if (error === null) return describeBug(failure)
  const lines = messageLines(error)
  const hint = error.hint ?? generalHint(error, command)
  if (hint !== undefined) lines.push(`hint: ${hint}`)
  if (debug) lines.push(`code: ${error.code}`, ...causes(error))
  return lines
}

/**
 * The hint where the error has none: a command that explains the host's refusal, or the help of the
 * command.
 */
function generalHint({ code, cause }: RuntimeError, command: string | undefined): string | undefined {
  if (code === 'FILE_UNREADABLE') return hostHint(cause)
  return code === 'USAGE' && command !== undefined ? `appc ${command} --help` : undefined
}

/**
 * The message of a ManifestError has one line for each problem; any other message is one line, even
 * if it quotes line ends.
 */
function messageLines(error: RuntimeError): string[] {
  const [first = '', ...more] = error instanceof ManifestError ? error.message.split('\n') : [error.message]
  return [`appc: ${first}`, ...more]
}

/** The exit status of a failure. */
export const statusOf = (error: unknown): number => CODES[error instanceof RuntimeError ? error.code : 'INTERNAL'].exit

function describeBug(error: unknown): string[] {
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
