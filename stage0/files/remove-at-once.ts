import { mkdtempSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { native } from '#native'
import { syncDirectory } from './durable.js'

/**
 * Removes a directory so that nobody sees a part of it: renames it into `staging`, and deletes it there. A crash in between leaves
 * something in `staging` that nobody holds. The caller holds the directory's exclusive lock.
 */
export function removeAtOnce(path: string, staging: string): void {
  const grave = mkdtempSync(join(staging, 'rm-'))
  renameSync(path, grave)
  syncDirectory(dirname(path))
  native.removeTree(grave)
}
