import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, plainReason, RuntimeError } from '#schema/errors.js'

/**
 * The places of a pod directory. The place is one half of the pod's state; the lock is the other
 * half.
 */
export const PLACES = ['embryo', 'prepare', 'prepared', 'run', 'exited-garbage', 'garbage'] as const
export type Place = (typeof PLACES)[number]

/** The absolute paths below the data directory. */
export interface DataDir {
  readonly root: string
  /** One directory for each image, named by the image ID. */
  readonly cas: string
  /** Staging: every unlocked file or directory in it is garbage. */
  readonly tmp: string
  /**
   * Complete and partial downloads, named by the digest of their URL, kept for the next attempt.
   */
  readonly downloads: string
  /** Response data of servers about fetched images, one file for each URL. */
  readonly remotes: string
  /** Rendered trees, one directory for each, named by the tree ID. */
  readonly trees: string
  readonly pods: string
  readonly image: (id: string) => string
  readonly place: (place: Place) => string
  readonly pod: (place: Place, uuid: string) => string
}

/** The paths below `root`, an absolute path; reads and creates nothing. */
export function dataDir(root: string): DataDir {
  const cas = join(root, 'cas')
  const pods = join(root, 'pods')
  return {
    root,
    cas,
    tmp: join(root, 'tmp'),
    downloads: join(root, 'downloads'),
    remotes: join(root, 'remotes'),
    trees: join(root, 'trees'),
    pods,
    image: (id) => join(cas, id),
    place: (place) => join(pods, place),
    pod: (place, uuid) => join(pods, place, uuid),
  }
}

/** Checks that `root` is a directory or does not exist. Errors: FILE_UNREADABLE. */
export function checkDataDir(root: string): void {
  if (isDirectoryOrMissing(root)) return
  throw new RuntimeError('FILE_UNREADABLE', `${root}: cannot be the data directory: it is no directory`, {
    hint: '--dir=PATH names another one',
  })
}

function isDirectoryOrMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true
  } catch (error) {
    // an element of the path is not a directory
    if (isErrno(error, 'ENOTDIR')) return false
    throw error
  }
}

/**
 * Creates the missing directories of the data directory. Only root may enter them: they hold the
 * setuid programs and device nodes of every image. Errors: FILE_UNREADABLE.
 */
export function createDataDir(dir: DataDir): void {
  const places = PLACES.map(dir.place)
  const paths = [dir.root, dir.cas, dir.tmp, dir.downloads, dir.remotes, dir.trees, dir.pods, ...places]
  for (const path of paths.filter((path) => !existsSync(path))) createDirectory(path)
}

function createDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot make the data directory: ${plainReason(cause)}`, {
      hint: '--dir names another one',
      cause,
    })
  }
}
