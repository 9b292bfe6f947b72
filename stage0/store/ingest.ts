import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { type ImageManifest, parseImageManifest } from '#schema/image-manifest.js'
import { formatProvenance, type Provenance } from '#schema/provenance.js'
import { type ArchiveFacts, type Growth, native } from '#native'
import type { DataDir } from '../data-dir.js'
import { archiveError } from '../aci/archive-error.js'
import { isHTML } from '../aci/html.js'
import { extractionLimits } from '../aci/limits.js'
import { moveIn } from '../files/move-in.js'
import { formatInfo } from './info.js'
import { addProvenance } from './provenance.js'
import { IMAGE_DIR, read } from './read.js'
import { share } from './share.js'
import { makeStaging } from './staging.js'
import type { StoredImage } from './stored-image.js'

export interface IngestOptions {
  /** The name of the archive in errors: its path, or `stdin`. */
  readonly subject: string
  /** The file or URL of the archive, recorded with the image. */
  readonly source?: string
  /** Who vouched for the image; added to the record of an image that exists already. */
  readonly provenance?: Provenance
  /** Maximum size of its tar in bytes. */
  readonly maxBytes?: number
  /** Set for an archive that is still being downloaded. */
  readonly growth?: Growth
  /** Called with the number of (compressed) bytes read so far. */
  readonly onProgress?: (bytes: number) => void
  /** Refuses an image by an error; then nothing of it enters the store. */
  readonly accept?: (manifest: ImageManifest, imageID: string) => void
  /**
   * Called when the archive is no longer needed, before the sync: data truncated now need not be
   * written to disk.
   */
  readonly onSpent?: () => void
}

/**
 * See {@link Store.ingest}. The rename into the CAS is the commit: all data is on disk before it.
 */
export async function ingest(dir: DataDir, fd: number, options: IngestOptions): Promise<StoredImage> {
  const staging = makeStaging(dir, 'ingest')
  let moved = false
  try {
    const facts = await extract(fd, staging.path, options)
    const manifest = parseImageManifest(facts.manifest, `${options.subject}: manifest`)
    options.accept?.(manifest, facts.imageID)
    options.onSpent?.()
    await writeInfo(staging.path, facts, options)
    for (;;) {
      moved = moveIn(staging.path, dir.image(facts.imageID))
      const image = moved ? read(dir, facts.imageID) : await readExisting(dir, facts.imageID, options.provenance)
      if (image !== undefined) return image
    }
  } finally {
    if (!moved) native.removeTree(staging.path)
    staging.release()
  }
}

/** The image that exists already; undefined if another process has removed it in the meantime. */
async function readExisting(dir: DataDir, id: string, added?: Provenance): Promise<StoredImage | undefined> {
  try {
    const lock = await share(dir, id)
    try {
      const image = read(dir, id)
      if (added !== undefined) await addProvenance(dir, image, added)
      return image
    } finally {
      lock.release()
    }
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'IMAGE_NOT_FOUND') return undefined
    throw error
  }
}

/** Reads an archive into a staging directory. Errors: ARCHIVE_INVALID, ARCHIVE_LIMIT. */
export async function extract(
  fd: number,
  path: string,
  { subject, maxBytes, growth, onProgress }: IngestOptions,
): Promise<ArchiveFacts> {
  try {
    return await native.ingest(fd, path, extractionLimits(path, maxBytes), onProgress, growth)
  } catch (cause) {
    if (isErrno(cause, 'ARCHIVE_INVALID') && isHTML(fd)) {
      throw new RuntimeError('ARCHIVE_INVALID', `${subject}: is an HTML page, not an image`, { cause })
    }
    throw archiveError(cause, subject)
  }
}

interface InfoOptions {
  readonly source?: string | undefined
  readonly importedAt?: Date
  readonly provenance?: Provenance
}

/**
 * Writes `info.json` and the provenance of an extracted image, and syncs the whole image to disk.
 */
export async function writeInfo(
  path: string,
  facts: ArchiveFacts,
  { source, importedAt = new Date(), provenance }: InfoOptions,
): Promise<void> {
  const fileSizes = [IMAGE_DIR.manifest, IMAGE_DIR.record].map((name) => statSync(join(path, name)).size)
  writeFileSync(
    join(path, IMAGE_DIR.info),
    formatInfo({
      contentBytes: facts.contentBytes,
      diskBytes: fileSizes.reduce((sum, bytes) => sum + bytes, facts.contentBytes),
      importedAt,
      impliedDirectories: facts.impliedDirectories,
      ...(source !== undefined && { source }),
    }),
    { flag: 'wx', mode: 0o600 },
  )
  if (provenance !== undefined) {
    writeFileSync(join(path, IMAGE_DIR.provenance), formatProvenance(provenance), { flag: 'wx', mode: 0o600 })
  }
  await native.syncFileSystem(path)
}
