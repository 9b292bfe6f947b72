import { closeSync, mkdtempSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { syncDirectory } from './durable.js'
import { shortID } from './id.js'
import { notFound } from './read.js'
import { isSame } from './share.js'

/** Tells which pods (UUIDs) need an image. Asked while the image is locked, so no pod can be prepared from it meanwhile. */
export type ImageUsers = (id: string) => readonly string[]

/** See {@link Store.remove}. The rename out of the CAS is what removes it; a crash after it leaves only staging. */
export function remove(dir: DataDir, id: string, users: ImageUsers): void {
  const fd = lockForRemoval(dir, id)
  try {
    checkUnused(id, users)
    const staging = mkdtempSync(join(dir.tmp, 'rm-'))
    renameSync(dir.image(id), staging)
    syncDirectory(dir.cas)
    native.removeTree(staging)
  } finally {
    closeSync(fd)
  }
}

/** Refuses where pods need the image. Errors: IMAGE_IN_USE. */
export function checkUnused(id: string, users: ImageUsers): void {
  const pods = users(id)
  if (pods.length === 0) return
  throw new RuntimeError(
    'IMAGE_IN_USE',
    `${shortID(id)}: in use by ${pods.length === 1 ? 'pod' : 'pods'} ${pods.join(', ')}`,
    { hint: `appc stop ${pods.join(' ')} && appc rm ${pods.join(' ')}` },
  )
}

/** Takes an image out of everybody's reach; gives the descriptor of the lock. Errors: IMAGE_NOT_FOUND, IMAGE_IN_USE. */
export function lockForRemoval(dir: DataDir, id: string): number {
  const path = dir.image(id)
  const fd = lock(path, id)
  if (isSame(path, fd)) return fd
  closeSync(fd)
  throw notFound(id)
}

function lock(path: string, id: string): number {
  let fd: number | null
  try {
    fd = native.tryLock(path, 'exclusive')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw notFound(id)
    throw error
  }
  if (fd === null) {
    throw new RuntimeError(
      'IMAGE_IN_USE',
      `${shortID(id)}: in use by another appc that is working with it at this moment`,
      { hint: 'try again later' },
    )
  }
  return fd
}
