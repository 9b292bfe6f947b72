import { createDataDir, type DataDir } from '../data-dir.js'
import type { ImageReference } from '../image/reference.js'
import { collectStaging } from './collect.js'
import { resolve } from './find.js'
import { ingest, type IngestOptions } from './ingest.js'
import { type NameCache, named } from './named.js'
import { entryOf, list, read, type StoredEntry } from './read.js'
import { remove, type ImageUsers } from './remove.js'
import { share, type SharedImage } from './share.js'
import type { StoredImage } from './stored-image.js'

export type { StoredImage } from './stored-image.js'

/**
 * The content-addressed store of images (CAS). All functions are safe with other processes working
 * in the store.
 */
export interface Store {
  readonly dir: DataDir
  /**
   * Reads an archive from `fd` to its end into the store. The image becomes visible only when it is
   * complete and its manifest is valid. If it exists already, the existing one is returned
   * unchanged. Errors: ARCHIVE_INVALID, ARCHIVE_LIMIT, MANIFEST_INVALID.
   */
  ingest(fd: number, options: IngestOptions): Promise<StoredImage>
  /**
   * All images, oldest import first; one with a damaged manifest or record is a
   * {@link DamagedEntry}.
   */
  list(): StoredEntry[]
  /** The image with that ID, damaged or not; undefined if there is none. */
  entry(id: string): StoredEntry | undefined
  /** The undamaged images of that name, oldest import first. */
  named(name: string): StoredImage[]
  /** The image with that full ID. Errors: IMAGE_NOT_FOUND, IMAGE_DAMAGED. */
  get(id: string): StoredImage
  /**
   * The image of `reference`: an ID or a prefix of one (`sha512-` and at least 2 hex
   * digits), or `name[:version][,label=value…]`, where the newest import wins. Errors:
   * IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, IMAGE_DAMAGED.
   *
   * @param isUsable for a search by name, images for which it returns false are ignored
   */
  find(reference: ImageReference, isUsable?: (image: StoredImage) => boolean): StoredImage
  /** Like {@link find}, but returns only the ID, so that it finds damaged images, too. */
  resolve(reference: ImageReference): string
  /** Removes an image that no pod needs. Errors: IMAGE_NOT_FOUND, IMAGE_IN_USE. */
  remove(id: string, users: ImageUsers): void
  /**
   * Locks an image against removal until `release()` (or the process's end). Callers keep the lock
   * from the lookup of the image until the pod's `appsinfo/APP/imageID` is on disk. Errors:
   * IMAGE_NOT_FOUND.
   */
  share(id: string): Promise<SharedImage>
  /**
   * Removes the remains of interrupted ingests and removals, or nothing if `dryRun`; returns the
   * paths.
   */
  collectStaging(dryRun?: boolean): string[]
}

/** Opens the store below `dir`, and creates missing parts of the data directory. Needs root. */
export function openStore(dir: DataDir): Store {
  createDataDir(dir)
  const nameCache: NameCache = new Map()
  const imagesNamed = (name: string): StoredImage[] => named(dir, nameCache, name)
  return {
    dir,
    ingest: (fd, options) => ingest(dir, fd, options),
    list: () => list(dir),
    entry: (id) => entryOf(dir, id),
    named: imagesNamed,
    get: (id) => read(dir, id),
    find: (reference, isUsable = () => true) =>
      read(
        dir,
        resolve(dir, (name) => imagesNamed(name).filter(isUsable), reference),
      ),
    resolve: (reference) => resolve(dir, imagesNamed, reference),
    remove: (id, users) => remove(dir, id, users),
    share: (id) => share(dir, id),
    collectStaging: (dryRun) => collectStaging(dir, dryRun),
  }
}
