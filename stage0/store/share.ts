import { closeSync, fstatSync, statSync } from 'node:fs'
import { isErrno } from '#schema/errors.js'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { notFound } from './read.js'

/** An image held against removal. */
export interface SharedImage extends Disposable {
  release: () => void
}

/** See {@link Store.share}. Waits only for an ingest that is putting this very image in, a removal or a repair. */
export async function share(dir: DataDir, id: string): Promise<SharedImage> {
  const path = dir.image(id)
  let fd = await lock(path, id)
  // whoever held the lock before us may have moved the directory away, and put another in its place
  while (!isSame(path, fd)) {
    closeSync(fd)
    fd = await lock(path, id)
  }
  let held = true
  const release = (): void => {
    if (held) closeSync(fd)
    held = false
  }
  return { release, [Symbol.dispose]: release }
}

async function lock(path: string, id: string): Promise<number> {
  try {
    return native.tryLock(path, 'shared') ?? (await native.waitLock(path, 'shared'))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw notFound(id)
    throw error
  }
}

/** Tells whether `path` still leads to what `fd` has open. */
export function isSame(path: string, fd: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false })
  const then = fstatSync(fd)
  return now?.ino === then.ino && now.dev === then.dev
}
