import { copyFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { LIMITS } from '../aci/limits.js'
import { syncDirectory } from '../files/durable.js'
import { shortID } from './id.js'
import { extract, writeInfo } from './ingest.js'
import { keepProvenance } from './provenance.js'
import { IMAGE_DIR } from './read.js'
import { checkUnused, type ImageUsers, lockForRemoval } from './remove.js'
import { makeStaging } from './staging.js'
import type { Store, StoredImage } from './store.js'

/** The facts about a stored image that a replacement needs; also available for a damaged image. */
export type Replaceable = Pick<StoredImage, 'id' | 'directory' | 'source'> & {
  readonly importedAt?: Date
  readonly contentBytes?: number
}

/**
 * Maximum tar size in bytes when a stored image is fetched again: `--max-image-size` may have
 * admitted an image above the usual limit.
 */
export const maxBytesOf = ({ contentBytes = 0 }: Pick<Replaceable, 'contentBytes'>): number =>
  Math.max(LIMITS.tarBytes, 2 * contentBytes)

/**
 * Replaces the stored copy of an image, damaged or not, with the image in an archive; the records
 * about it are kept. The image exists at every moment, because the two directories are exchanged.
 * Errors: IMAGE_MISMATCH where the archive is another image, IMAGE_IN_USE where a pod uses the
 * stored copy; those of Store.ingest.
 *
 * @param fd the archive
 * @param subject the archive's name in messages
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
    const facts = await extract(fd, staging.path, { subject, maxBytes: maxBytesOf(image) })
    if (facts.imageID !== image.id) {
      throw new RuntimeError('IMAGE_MISMATCH', `${subject}: is another image now: ${shortID(facts.imageID)}`, {
        hint: `appc image rm ${shortID(image.id)} and fetch it again`,
      })
    }
    await writeInfo(staging.path, facts, image)
    const lock = lockForRemoval(dir, image.id)
    try {
      checkUnused(image.id, users)
      keepLastUse(image.directory, staging.path)
      // under the lock, because another process may have added to the record since the repair began
      keepProvenance(image.directory, staging.path)
      native.exchange(staging.path, image.directory)
      syncDirectory(dir.cas)
      // after the exchange, this is the old copy
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
