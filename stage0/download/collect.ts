import { closeSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import { isErrno } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { isSame } from '../store/share.js'

/**
 * Removes the downloads nobody works on and nobody has touched since `before` (milliseconds since 1970). Gives their paths. What is
 * left of a download costs nothing but its space: the next one begins anew.
 */
export function collectDownloads(dir: DataDir, before: number): readonly string[] {
  return namesIn(dir.downloads)
    .map((name) => join(dir.downloads, name))
    .filter((path) => collectOne(path, before))
}

function collectOne(path: string, before: number): boolean {
  try {
    const fd = native.tryLock(path, 'exclusive')
    if (fd === null) return false
    try {
      if (!isSame(path, fd) || touchedAt(path) >= before) return false
      rmSync(path, { recursive: true, force: true })
      return true
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}

/** The latest change of a slot or of a file in it. */
const touchedAt = (path: string): number =>
  Math.max(...[path, ...readdirSync(path).map((name) => join(path, name))].map((each) => statSync(each).mtimeMs))

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}
