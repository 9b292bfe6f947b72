import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'

/** What the addon says of an archive, as one of our errors; `subject` (a path, an ID) goes first where given. */
export function archiveError(cause: unknown, subject?: string): unknown {
  const message = `${subject === undefined ? '' : `${subject}: `}${messageOf(cause)}`
  const hint = hintOf(cause)
  if (hint !== undefined) return new RuntimeError('ARCHIVE_LIMIT', message, { hint, cause })
  if (isErrno(cause, 'ARCHIVE_LIMIT')) return new RuntimeError('ARCHIVE_LIMIT', message, { cause })
  if (isErrno(cause, 'ARCHIVE_INVALID')) return new RuntimeError('ARCHIVE_INVALID', message, { cause })
  const isSystem = cause instanceof Error && 'code' in cause && /^E[A-Z0-9]+$/.test(String(cause.code))
  return isSystem ? new RuntimeError('FILE_UNREADABLE', message, { cause }) : cause
}

/** What helps where the addon says that an image is too large. */
function hintOf(cause: unknown): string | undefined {
  if (isErrno(cause, 'ARCHIVE_SIZE')) return '--max-image-size=SIZE of run and fetch allows more'
  return isErrno(cause, 'ARCHIVE_ROOM') ? 'appc image gc and appc gc make room' : undefined
}
