import { closeSync, createReadStream } from 'node:fs'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { native } from '#native'

const PIECE_BYTES = 1 << 18

/**
 * The uncompressed bytes of the archive that is open as `fd`, from its beginning. The descriptor
 * stays open. Errors: ARCHIVE_INVALID for read errors.
 */
export async function* plainTar(fd: number, subject: string): AsyncGenerator<Buffer> {
  const [read, write] = native.openPipe()
  const writing = native.writePlain(fd, write)
  // this promise rejects if the reader stops before the end
  writing.catch(() => undefined)
  closeSync(write)
  yield* createReadStream('', { fd: read, highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>
  try {
    await writing
  } catch (cause) {
    throw new RuntimeError('ARCHIVE_INVALID', `${subject}: ${messageOf(cause)}`, { cause })
  }
}
