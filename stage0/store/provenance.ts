import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { formatProvenance, mergeProvenance, parseProvenance, type Provenance } from '#schema/provenance.js'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { syncDirectory, writeDurable } from '../files/durable.js'
import { underLock } from '../files/lock.js'
import { IMAGE_DIR } from './read.js'
import { makeStaging } from './staging.js'
import type { StoredImage } from './stored-image.js'

type RecordedImage = Pick<StoredImage, 'directory'> & Partial<Pick<StoredImage, 'source' | 'importedAt'>>

/**
 * The provenance of an image. If there is no readable record, the image has no signer; it counts as
 * named by root as a file, unless its source is a server.
 */
export function readProvenance({ directory, source = '', importedAt }: RecordedImage): Provenance {
  const isFromFile = !/^https?:/.test(source)
  return readRecord(directory) ?? { signers: [], ...(isFromFile && { givenAt: importedAt?.getTime() ?? 0 }) }
}

function readRecord(directory: string): Provenance | undefined {
  try {
    return parseProvenance(readFileSync(join(directory, IMAGE_DIR.provenance), 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * Adds to the record of a stored image, which the caller has locked. The record is complete at
 * every moment, and additions by other processes are not lost.
 */
export async function addProvenance(dir: DataDir, image: RecordedImage, added: Provenance): Promise<void> {
  // info.json serves as the lock file, because it is not replaced while the image is locked
  await underLock(join(image.directory, IMAGE_DIR.info), () => {
    using staging = makeStaging(dir, 'record')
    const draft = join(staging.path, IMAGE_DIR.provenance)
    writeDurable(draft, formatProvenance(mergeProvenance(readProvenance(image), added)))
    renameSync(draft, join(image.directory, IMAGE_DIR.provenance))
    syncDirectory(image.directory)
    native.removeTree(staging.path)
  })
}

/**
 * Copies an image's record to the directory that replaces it. The caller has locked the image
 * exclusively.
 */
export function keepProvenance(from: string, to: string): void {
  const provenance = readRecord(from)
  if (provenance === undefined) return
  writeDurable(join(to, IMAGE_DIR.provenance), formatProvenance(provenance))
  syncDirectory(to)
}
