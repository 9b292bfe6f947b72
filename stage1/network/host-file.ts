import { readFileSync } from 'node:fs'
import { RuntimeError, isErrno, plainReason } from '#schema/errors.js'

/** The text of a file of the host; undefined where it has none. Errors: FILE_UNREADABLE. */
export function readHostFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { hint: `namei --long ${path}`, cause })
  }
}
