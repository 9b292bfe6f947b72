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

type Recorded = Pick<StoredImage, 'directory'> & Partial<Pick<StoredImage, 'source' | 'importedAt'>>

/**
 * What is recorded of an image. Where there is no record, or none that can be read, nobody has signed the image: root gave it, unless
 * it came from a server.
 */
export function readProvenance({ directory, source = '', importedAt }: Recorded): Provenance {
  const isGiven = !/^https?:/.test(source)
  return recorded(directory) ?? { signers: [], ...(isGiven && { givenAt: importedAt?.getTime() ?? 0 }) }
}

function recorded(directory: string): Provenance | undefined {
  try {
    return parseProvenance(readFileSync(join(directory, IMAGE_DIR.provenance), 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * Adds to what is recorded of a stored image, which the caller holds. The record is whole at every moment, and what other processes
 * add is not lost.
 */
export async function addProvenance(dir: DataDir, image: Recorded, more: Provenance): Promise<void> {
  // a file that nobody replaces while the image is held
  await underLock(join(image.directory, IMAGE_DIR.info), () => {
    using staging = makeStaging(dir, 'record')
    const draft = join(staging.path, IMAGE_DIR.provenance)
    writeDurable(draft, formatProvenance(mergeProvenance(readProvenance(image), more)))
    renameSync(draft, join(image.directory, IMAGE_DIR.provenance))
    syncDirectory(image.directory)
    native.removeTree(staging.path)
  })
}

/** Copies an image's record to the directory that takes its place. The caller holds the image against everybody. */
export function keepProvenance(from: string, to: string): void {
  const provenance = recorded(from)
  if (provenance === undefined) return
  writeDurable(join(to, IMAGE_DIR.provenance), formatProvenance(provenance))
  syncDirectory(to)
}
