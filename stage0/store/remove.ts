import { RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { type Lock, lockNow } from '../files/lock.js'
import { removeAtomically } from '../files/remove-atomically.js'
import { shortID } from './id.js'
import { notFound } from './read.js'

/**
 * Returns the pods (UUIDs) that need an image. Called while the image is locked, so no pod can be
 * prepared from it.
 */
export type ImageUsers = (id: string) => readonly string[]

/**
 * See {@link Store.remove}. The rename out of the CAS is the removal; after a crash, only a staging
 * directory remains.
 */
export function remove(dir: DataDir, id: string, users: ImageUsers): void {
  const lock = lockForRemoval(dir, id)
  try {
    checkUnused(id, users)
    removeAtomically(dir.image(id), dir.tmp)
  } finally {
    lock.release()
  }
}

/** Refuses an image that pods need. Errors: IMAGE_IN_USE. */
export function checkUnused(id: string, users: ImageUsers): void {
  const pods = users(id)
  if (pods.length === 0) return
  throw new RuntimeError(
    'IMAGE_IN_USE',
    `${shortID(id)}: in use by ${pods.length === 1 ? 'pod' : 'pods'} ${pods.join(', ')}`,
    { hint: `appc stop ${pods.join(' ')} && appc rm ${pods.join(' ')}` },
  )
}

/** Locks an image exclusively. Errors: IMAGE_NOT_FOUND, IMAGE_IN_USE. */
export function lockForRemoval(dir: DataDir, id: string): Lock {
  const lock = lockNow(dir.image(id), 'exclusive')
  if (lock === 'held') {
    throw new RuntimeError(
      'IMAGE_IN_USE',
      `${shortID(id)}: in use by another appc that is working with it at this moment`,
      { hint: 'try again later' },
    )
  }
  if (typeof lock === 'string') throw notFound(id)
  return lock
}
