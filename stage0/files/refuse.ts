import { plainReason, RuntimeError } from '#schema/errors.js'

/**
 * Gives what `act` gives; where a file or descriptor fails it, says so in our words: `subject: no such file or directory`. Errors:
 * FILE_UNREADABLE, and RuntimeErrors as they come.
 */
export function orRefuse<T>(subject: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause
    throw new RuntimeError('FILE_UNREADABLE', `${subject}: ${plainReason(cause)}`, { cause })
  }
}
