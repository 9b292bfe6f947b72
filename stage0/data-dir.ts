import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, RuntimeError } from '#schema/errors.js'

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
    pods,
    image: (id) => join(cas, id),
    place: (place) => join(pods, place),
    pod: (place, uuid) => join(pods, place, uuid),
  }
}

/**
 * Makes what is missing of the data directory. Nobody but root may enter it: it holds setuid programs and device nodes
 * of every image.
 */
export function createDataDir(dir: DataDir): void {
  for (const path of [dir.root, dir.cas, dir.tmp, dir.pods, ...PLACES.map(dir.place)]) {
    make(path)
  }
}

function make(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot make the data directory: ${messageOf(cause)}`, {
      hint: '--dir names another one',
      cause,
    })
  }
}
