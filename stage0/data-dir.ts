import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, plainReason, RuntimeError } from '#schema/errors.js'

/** Where a pod's directory may be; the place is half of its state (the lock is the other half). */
export const PLACES = ['embryo', 'prepare', 'prepared', 'run', 'exited-garbage', 'garbage'] as const
export type Place = (typeof PLACES)[number]

/** Every path below the data directory, absolute. */
export interface DataDir {
  readonly root: string
  /** One directory per image, named by its ID. */
  readonly cas: string
  /** Staging: whatever is unlocked here is garbage. */
  readonly tmp: string
  /** Downloads, whole or in part, by the digest of their URL: kept for the next try. */
  readonly downloads: string
  /** What servers said about the images fetched from them, one file per URL. */
  readonly remotes: string
  /** Rendered trees, one directory each, named by their tree ID. */
  readonly trees: string
  readonly pods: string
  readonly image: (id: string) => string
  readonly place: (place: Place) => string
  readonly pod: (place: Place, uuid: string) => string
}

/** The paths below `root` (absolute); touches nothing. */
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

/** Refuses what is there and is no directory. Errors: FILE_UNREADABLE. */
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
    // something on the way to it is no directory
    if (isErrno(error, 'ENOTDIR')) return false
    throw error
  }
}

/**
 * Makes what is missing of the data directory. Nobody but root may enter it: it holds setuid programs and device nodes
 * of every image.
 */
export function createDataDir(dir: DataDir): void {
  const places = PLACES.map(dir.place)
  const paths = [dir.root, dir.cas, dir.tmp, dir.downloads, dir.remotes, dir.trees, dir.pods, ...places]
  for (const path of paths.filter((path) => !existsSync(path))) make(path)
}

function make(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot make the data directory: ${plainReason(cause)}`, {
      hint: '--dir names another one',
      cause,
    })
  }
}
