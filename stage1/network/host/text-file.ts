import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { RuntimeError, isErrno, plainReason } from '#schema/errors.js'

/** The text of a file; undefined where it is missing. Errors: FILE_UNREADABLE. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined
    throw new RuntimeError('FILE_UNREADABLE', `${resolve(path)}: ${plainReason(cause)}`, {
      hint: `namei --long ${resolve(path)}`,
      cause,
    })
  }
}
