import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { archiveError } from '../aci/archive-error.js'
import { writeOutputFile } from '../files/output-file.js'
import { shortID } from './id.js'
import type { StoredImage } from './store.js'

/**
 * Writes the identical, uncompressed tar of an image to `file` (`-`: stdout). Errors: IMAGE_DAMAGED
 * where the result has another ID (then the file is removed), FILE_EXISTS; those of archiveError.
 */
export async function exportImage(image: StoredImage, file: string, overwrite: boolean): Promise<void> {
  if (file === '-') await write(image, 1)
  else await writeOutputFile(file, { overwrite }, (fd) => write(image, fd))
}

async function write(image: StoredImage, fd: number): Promise<void> {
  let id: string
  try {
    id = await native.exportArchive(image.directory, fd)
  } catch (cause) {
    throw archiveError(cause, shortID(image.id))
  }
  if (id === image.id) return
  throw new RuntimeError('IMAGE_DAMAGED', `${shortID(image.id)}: damaged: its files give the ID ${shortID(id)}`, {
    hint: `appc image rm ${shortID(image.id)} and fetch it again`,
  })
}
