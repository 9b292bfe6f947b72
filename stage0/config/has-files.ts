import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import type { ConfigDirs } from './config-dirs.js'

/**
 * Tells whether any level of the configuration has files in `directory` (for example `images.d`),
 * so that the caller loads the configuration only when it is needed. Errors: CONFIG_INVALID.
 */
export const hasFiles = ({ system, local, user }: ConfigDirs, directory: string): boolean =>
  [system, local, ...(user === undefined ? [] : [user])].some((level) => isFilled(join(level, directory)))

function isFilled(path: string): boolean {
  try {
    return readdirSync(path).length > 0
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR')) return false
    // a user without this permission cannot use the data directory either, and may not need it
    if (isErrno(cause, 'EACCES')) return false
    throw new RuntimeError('CONFIG_INVALID', `${path}: cannot be read: ${messageOf(cause)}`, { cause })
  }
}
