import { plainReason, RuntimeError } from '#schema/errors.js'

/**
 * Returns the result of `action`. A system error becomes a message of ours: `subject: no such file
 * or directory`. Errors: FILE_UNREADABLE; a RuntimeError of `action` passes unchanged.
 */
export function wrapFileErrors<T>(subject: string, action: () => T): T {
  try {
    return action()
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause
    throw new RuntimeError('FILE_UNREADABLE', `${subject}: ${plainReason(cause)}`, { cause })
  }
}
