import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '#schema/check.js'
import { isErrno, NO_FILE } from '#schema/errors.js'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { runUnlessLocked } from '../files/run-unless-locked.js'

/**
 * Whether something last changed at that time (milliseconds since 1970) is old enough to be
 * removed.
 */
export type IsOld = (time: number) => boolean

/**
 * Removes old downloads, complete or partial, and returns their paths. Downloads in progress are
 * kept.
 */
export function collectDownloads(dir: DataDir, isOld: IsOld): string[] {
  return readdirSync(dir.downloads)
    .sort()
    .map((name) => join(dir.downloads, name))
    .filter((path) => removeDownload(dir, path, isOld))
}

function removeDownload(dir: DataDir, path: string, isOld: IsOld): boolean {
  return runUnlessLocked(path, () => {
    if (!isOld(newestChange(path))) return false
    const staging = mkdtempSync(join(dir.tmp, 'rm-'))
    renameSync(path, join(staging, 'download'))
    native.removeTree(staging)
    return true
  })
}

function newestChange(path: string): number {
  const files = lstatSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : []
  return Math.max(...[path, ...files].map((file) => lstatSync(file).mtimeMs))
}

/**
 * Removes the records of URLs whose images are no longer in the store, and old drafts of records;
 * returns the paths.
 */
export function collectRemotes(dir: DataDir, isOld: IsOld): string[] {
  return readdirSync(dir.remotes)
    .sort()
    .map((name) => join(dir.remotes, name))
    .filter((path) => {
      const time = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs
      if (time === undefined || !isOld(time) || isInUse(dir, path)) return false
      rmSync(path, { force: true, recursive: true })
      return true
    })
}

function isInUse(dir: DataDir, path: string): boolean {
  if (!path.endsWith('.json')) return false
  try {
    const remote: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isObject(remote) && typeof remote['imageID'] === 'string' && existsSync(dir.image(remote['imageID']))
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, ...NO_FILE)) return false
    throw error
  }
}
