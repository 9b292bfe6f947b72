import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'

/**
 * Converts an error of the native addon about an archive to a RuntimeError. `subject` (a path or an
 * ID) is put before the message. An error of another kind is returned unchanged.
 */
export function archiveError(cause: unknown, subject?: string): unknown {
  const message = `${subject === undefined ? '' : `${subject}: `}${messageOf(cause)}`
  const hint = hintOf(cause)
  if (hint !== undefined) return new RuntimeError('ARCHIVE_LIMIT', message, { hint, cause })
  if (isErrno(cause, 'ARCHIVE_LIMIT')) return new RuntimeError('ARCHIVE_LIMIT', message, { cause })
  if (isErrno(cause, 'ARCHIVE_INVALID')) return new RuntimeError('ARCHIVE_INVALID', message, { cause })
  const isSystem = cause instanceof Error && 'code' in cause && /^E[A-Z0-9]+$/.test(String(cause.code))
  return isSystem ? new RuntimeError('FILE_UNREADABLE', message, { cause }) : cause
}

/** The hint for an image that the addon reports as too large. */
function hintOf(cause: unknown): string | undefined {
  if (isErrno(cause, 'ARCHIVE_SIZE')) return '--max-image-size=SIZE of run and fetch allows more'
  return isErrno(cause, 'ARCHIVE_ROOM') ? 'appc image gc and appc gc make room' : undefined
}
