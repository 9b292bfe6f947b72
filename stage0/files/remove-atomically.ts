import { mkdtempSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { native } from '#native'
import { syncDirectory } from './durable.js'

/**
 * Renames a directory into `staging`, and deletes it there, so that no process sees a partly
 * removed directory. The caller holds the exclusive lock of the directory. A crash between the two
 * steps leaves an unlocked directory in `staging`.
 */
export function removeAtomically(path: string, staging: string): void {
  const staged = mkdtempSync(join(staging, 'rm-'))
  renameSync(path, staged)
  syncDirectory(dirname(path))
  native.removeTree(staged)
}
