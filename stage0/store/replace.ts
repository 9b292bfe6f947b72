import { copyFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { LIMITS } from '../aci/limits.js'
import { syncDirectory } from '../files/durable.js'
import { shortID } from './id.js'
import { extract, note } from './ingest.js'
import { keepProvenance } from './provenance.js'
import { IMAGE_DIR } from './read.js'
import { checkUnused, type ImageUsers, lockForRemoval } from './remove.js'
import { makeStaging } from './staging.js'
import type { Store, StoredImage } from './store.js'

/** What must be known of a stored image to replace it, be it ever so damaged. */
export type Replaceable = Pick<StoredImage, 'id' | 'directory' | 'source'> & {
  readonly importedAt?: Date
  readonly contentBytes?: number
}

/** The most bytes that an image which is in the store may have when it comes once more: one may have been let in that is larger than others may be. */
export const mostBytes = ({ contentBytes = 0 }: Pick<Replaceable, 'contentBytes'>): number =>
  Math.max(LIMITS.tarBytes, 2 * contentBytes)

/**
 * Puts an image into the store anew, in place of what is stored under its ID, whatever became of that; what was noted about it stays.
 * At no moment is it missing: the two directories change places. Errors: those of Store.ingest, IMAGE_MISMATCH where the archive is another image, IMAGE_IN_USE where a pod lives in what is stored.
 *
 * @param fd the archive
 * @param subject what messages call it
 */
export async function replaceImage(
  { dir }: Store,
  image: Replaceable,
  fd: number,
  subject: string,
  users: ImageUsers,
): Promise<void> {
  const staging = makeStaging(dir, 'replace')
  try {
    const facts = await extract(fd, staging.path, { subject, maxBytes: mostBytes(image) })
    if (facts.imageID !== image.id) {
      throw new RuntimeError('IMAGE_MISMATCH', `${subject}: is another image now: ${shortID(facts.imageID)}`, {
        hint: `appc image rm ${shortID(image.id)} and fetch it again`,
      })
    }
    await note(staging.path, facts, image)
    const lock = lockForRemoval(dir, image.id)
    try {
      checkUnused(image.id, users)
      keepLastUse(image.directory, staging.path)
      // it may have become more since the repair began
      keepProvenance(image.directory, staging.path)
      native.exchange(staging.path, image.directory)
      syncDirectory(dir.cas)
      // now the old one
      native.removeTree(staging.path)
    } finally {
      lock.release()
    }
  } finally {
    native.removeTree(staging.path)
    staging.release()
  }
}

function keepLastUse(from: string, to: string): void {
  const time = statSync(join(from, IMAGE_DIR.used), { throwIfNoEntry: false })?.mtime
  if (time === undefined) return
  const file = join(to, IMAGE_DIR.used)
  copyFileSync(join(from, IMAGE_DIR.used), file)
  utimesSync(file, time, time)
}
