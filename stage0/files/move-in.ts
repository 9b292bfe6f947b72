import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { isErrno } from '#schema/errors.js'
import { syncDirectory } from './durable.js'

/**
 * Renames a directory that is whole, and on disk, to where everybody sees it; the new name is on disk too when this has returned. False if
 * a directory with something in it is already there: then `from` stays where it is.
 */
export function moveIn(from: string, to: string): boolean {
  try {
    renameSync(from, to)
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return false
    throw error
  }
  syncDirectory(dirname(to))
  return true
}
