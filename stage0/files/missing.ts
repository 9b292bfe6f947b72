import { isErrno } from '#schema/errors.js'

/**
 * Returns the result of `read`, or `fallback` if `read` fails with one of the system errors
 * `codes`. The default is ENOENT: the file does not exist. Errors: all other errors of `read`.
 */
export function ignoreMissing<T, U>(read: () => T, fallback: U, codes: readonly string[] = ['ENOENT']): T | U {
  try {
    return read()
  } catch (error) {
    if (isErrno(error, ...codes)) return fallback
    throw error
  }
}
