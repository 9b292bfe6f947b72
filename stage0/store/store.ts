import { createDataDir, type DataDir } from '../data-dir.js'
import type { ImageReference } from '../image/reference.js'
import { collectStaging } from './collect.js'
import { resolve } from './find.js'
import { ingest, type IngestOptions } from './ingest.js'
import { type KnownNames, named } from './named.js'
import { entryOf, list, read, type StoredEntry } from './read.js'
import { remove, type ImageUsers } from './remove.js'
import { share, type SharedImage } from './share.js'
import type { StoredImage } from './stored-image.js'

export type { StoredImage } from './stored-image.js'

/** The content-addressed store of images (CAS). Every function is safe beside any other process doing anything here. */
export interface Store {
  readonly dir: DataDir
  /**
   * Reads an archive from `fd` to its end into the store. Nothing is visible before it is whole and its manifest valid;
   * an image that is there already stays as it is and is what comes back. Errors: ARCHIVE_INVALID, ARCHIVE_LIMIT,
   * MANIFEST_INVALID.
   */
  ingest(fd: number, options: IngestOptions): Promise<StoredImage>
  /** Every image, oldest import first; one with a damaged manifest or record says so instead of failing. */
  list(): StoredEntry[]
  /** The image with that ID, damaged or not; undefined where there is none. */
  entry(id: string): StoredEntry | undefined
  /** The whole images of that name, oldest import first. */
  named(name: string): StoredImage[]
  /** The image with that ID (whole). Errors: IMAGE_NOT_FOUND, IMAGE_DAMAGED. */
  get(id: string): StoredImage
  /**
   * The one image that `reference` means: an ID or a prefix of one (`sha512-` and at least 2 hex digits), or
   * `name[:version][,label=value…]`, where the newest import wins. Errors: IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS,
   * IMAGE_DAMAGED.
   *
   * @param counts of images looked for by name, only those for which it says yes are there
   */
  find(reference: ImageReference, counts?: (image: StoredImage) => boolean): StoredImage
  /** Like {@link find}, but gives only the ID, so a damaged image is found as well. */
  resolve(reference: ImageReference): string
  /** Removes an image no pod needs. Errors: IMAGE_NOT_FOUND, IMAGE_IN_USE. */
  remove(id: string, users: ImageUsers): void
  /**
   * Keeps an image from being removed until `release()` (or the end of the process): hold it from looking the image up
   * until the pod's `appsinfo/APP/imageID` is on disk. Errors: IMAGE_NOT_FOUND.
   */
  share(id: string): Promise<SharedImage>
  /** Removes what interrupted ingests and removals left; gives the paths. `dryRun`: only tells them. */
  collectStaging(dryRun?: boolean): string[]
}

/** Opens the store below `dir`, making what is missing of the data directory. Needs root. */
export function openStore(dir: DataDir): Store {
  createDataDir(dir)
  const known: KnownNames = new Map()
  const namedHere = (name: string): StoredImage[] => named(dir, known, name)
  return {
    dir,
    ingest: (fd, options) => ingest(dir, fd, options),
    list: () => list(dir),
    entry: (id) => entryOf(dir, id),
    named: namedHere,
    get: (id) => read(dir, id),
    find: (reference, counts = () => true) =>
      read(
        dir,
        resolve(dir, (name) => namedHere(name).filter(counts), reference),
      ),
    resolve: (reference) => resolve(dir, namedHere, reference),
    remove: (id, users) => remove(dir, id, users),
    share: (id) => share(dir, id),
    collectStaging: (dryRun) => collectStaging(dir, dryRun),
  }
}
