import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import type { ConfigDirs } from './config-dirs.js'

/**
 * Whether any level of the configuration has files in `directory` (`images.d`): what the files say is read only where it matters.
 * Errors: CONFIG_INVALID.
 */
export const hasFiles = ({ system, local, user }: ConfigDirs, directory: string): boolean =>
  [system, local, ...(user === undefined ? [] : [user])].some((level) => isFilled(join(level, directory)))

function isFilled(path: string): boolean {
  try {
    return readdirSync(path).length > 0
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR')) return false
    // who may not read it cannot use the data directory either, and may well need none
    if (isErrno(cause, 'EACCES')) return false
    throw new RuntimeError('CONFIG_INVALID', `${path}: cannot be read: ${messageOf(cause)}`, { cause })
  }
}
