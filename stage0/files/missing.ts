import { isErrno } from '#schema/errors.js'

/**
 * Gives what `look` gives, or `otherwise` if it fails with one of the system errors `codes`: by default, if there is no such file.
 * Other errors stay what they are.
 */
export function unlessMissing<T, U>(look: () => T, otherwise: U, codes: readonly string[] = ['ENOENT']): T | U {
  try {
    return look()
  } catch (error) {
    if (isErrno(error, ...codes)) return otherwise
    throw error
  }
}
