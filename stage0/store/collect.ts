import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { runUnlessLocked } from '../files/run-unless-locked.js'

/**
 * Removes all unlocked staging directories, or none if `dryRun`; returns their paths. Safe at any
 * time.
 */
export function collectStaging(dir: DataDir, dryRun = false): string[] {
  const removed: string[] = []
  for (const name of readdirSync(dir.tmp).sort()) {
    const path = join(dir.tmp, name)
    if (removeUnlocked(path, dryRun)) removed.push(path)
  }
  return removed
}

function removeUnlocked(path: string, dryRun: boolean): boolean {
  return runUnlessLocked(path, () => {
    if (!dryRun) native.removeTree(path)
    return true
  })
}
