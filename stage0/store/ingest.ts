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
  /** What error messages call the archive: its path, or `stdin`. */
  readonly subject: string
  /** Noted beside the image, where it came from a file. */
  readonly source?: string
  /** Who vouched for the image; added to the record of one that is there already. */
  readonly provenance?: Provenance
  /** The most bytes its tar may have. */
  readonly maxBytes?: number
  /** Of an archive that still comes. */
  readonly growth?: Growth
  /** Gets the (compressed) bytes read so far. */
  readonly onProgress?: (bytes: number) => void
  /** Throws when the image is not what was asked for: then nothing of it is ever in the store. */
  readonly accept?: (manifest: ImageManifest, imageID: string) => void
  /** Called once the archive is of no more use, before what was made of it goes to disk: what is truncated now never does. */
  readonly onSpent?: () => void
}

/** See {@link Store.ingest}. The rename into the CAS is the commit: everything it makes visible is on disk before. */
export async function ingest(dir: DataDir, fd: number, options: IngestOptions): Promise<StoredImage> {
  const staging = makeStaging(dir, 'ingest')
  let moved = false
  try {
    const facts = await extract(fd, staging.path, options)
    const manifest = parseImageManifest(facts.manifest, `${options.subject}: manifest`)
    options.accept?.(manifest, facts.imageID)
    options.onSpent?.()
    await note(staging.path, facts, options)
    for (;;) {
      moved = moveIn(staging.path, dir.image(facts.imageID))
      const image = moved ? read(dir, facts.imageID) : await present(dir, facts.imageID, options.provenance)
      if (image !== undefined) return image
    }
  } finally {
    if (!moved) native.removeTree(staging.path)
    staging.release()
  }
}

/** The image that was there before; undefined where somebody has removed it since. */
async function present(dir: DataDir, id: string, more?: Provenance): Promise<StoredImage | undefined> {
  try {
    const held = await share(dir, id)
    try {
      const image = read(dir, id)
      if (more !== undefined) await addProvenance(dir, image, more)
      return image
    } finally {
      held.release()
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

interface Noted {
  readonly source?: string | undefined
  readonly importedAt?: Date
  readonly provenance?: Provenance
}

/** Writes `info.json` and the provenance of an extracted image; all of the image is on disk when this has resolved. */
export async function note(
  path: string,
  facts: ArchiveFacts,
  { source, importedAt = new Date(), provenance }: Noted,
): Promise<void> {
  const kept = [IMAGE_DIR.manifest, IMAGE_DIR.record].map((name) => statSync(join(path, name)).size)
  writeFileSync(
    join(path, IMAGE_DIR.info),
    formatInfo({
      contentBytes: facts.contentBytes,
      diskBytes: kept.reduce((sum, bytes) => sum + bytes, facts.contentBytes),
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
