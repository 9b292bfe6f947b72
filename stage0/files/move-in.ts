import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { isErrno } from '#schema/errors.js'
import { syncDirectory } from './durable.js'

/**
 * Renames a complete and synced directory to its final path, and syncs the new name. Returns false
 * if a non-empty directory exists at `to`; `from` then stays in its place.
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
