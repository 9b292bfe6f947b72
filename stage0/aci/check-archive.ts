import { native } from '#native'
import { archiveError } from './archive-error.js'
import { checkManifest } from './layout.js'
import { READING } from './limits.js'

/**
 * Reads a whole archive without keeping anything of it; gives its manifest's bytes, valid. Errors: ARCHIVE_INVALID,
 * ARCHIVE_LIMIT.
 */
export async function checkArchive(fd: number): Promise<Buffer> {
  const { manifest } = await inspect(fd)
  checkManifest(manifest)
  return manifest
}

async function inspect(fd: number): ReturnType<typeof native.inspectArchive> {
  try {
    return await native.inspectArchive(fd, READING)
  } catch (cause) {
    throw archiveError(cause)
  }
}
