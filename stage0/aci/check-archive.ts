import { native } from '#native'
import { archiveError } from './archive-error.js'
import { checkManifest } from './layout.js'
import { READ_LIMITS } from './limits.js'

/**
 * Reads a complete archive without storing it. Returns the bytes of its manifest, which is valid.
 * Errors: ARCHIVE_INVALID, ARCHIVE_LIMIT, FILE_UNREADABLE.
 */
export async function checkArchive(fd: number): Promise<Buffer> {
  const { manifest } = await inspect(fd)
  checkManifest(manifest)
  return manifest
}

async function inspect(fd: number): ReturnType<typeof native.inspectArchive> {
  try {
    return await native.inspectArchive(fd, READ_LIMITS)
  } catch (cause) {
    throw archiveError(cause)
  }
}
