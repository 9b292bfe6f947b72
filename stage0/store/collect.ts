import { closeSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from '#schema/errors.js'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'

/** Removes every staging directory nobody holds the lock of; gives their paths. Safe at any time. */
export function collectStaging(dir: DataDir): string[] {
  const removed: string[] = []
  for (const name of readdirSync(dir.tmp).sort()) {
    const path = join(dir.tmp, name)
    if (removeUnlocked(path)) removed.push(path)
  }
  return removed
}

function removeUnlocked(path: string): boolean {
  let fd: number | null = null
  try {
    fd = native.tryLock(path, 'exclusive')
    if (fd === null) return false
    native.removeTree(path)
    return true
  } catch (error) {
    // another collector was quicker
    if (isErrno(error, 'ENOENT')) return false
    throw error
  } finally {
    if (fd !== null) closeSync(fd)
  }
}
