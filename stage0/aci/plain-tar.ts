import { closeSync, createReadStream } from 'node:fs'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { native } from '#native'

const PIECE_BYTES = 1 << 18

/**
 * The uncompressed bytes of an archive that is open as `fd`, from its beginning; the descriptor stays open. Errors while reading:
 * ARCHIVE_INVALID.
 */
export async function* plainTar(fd: number, subject: string): AsyncGenerator<Buffer> {
  const [read, write] = native.openPipe()
  const written = native.writePlain(fd, write)
  // a reader that stops early ends it
  written.catch(() => undefined)
  closeSync(write)
  yield* createReadStream('', { fd: read, highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>
  try {
    await written
  } catch (cause) {
    throw new RuntimeError('ARCHIVE_INVALID', `${subject}: ${messageOf(cause)}`, { cause })
  }
}
