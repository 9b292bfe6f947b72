import type { IncomingMessage } from 'node:http'
import { TransferError } from './failure.js'

/**
 * Calls `consume` with every chunk of a body, in order. `consume` must not keep the chunk, because
 * its memory is freed, and so is the memory of the received data from which the HTTP parser made
 * the chunks; the garbage collector would let tens of megabytes of both accumulate. Errors: those
 * of `consume`, which end the reading, and of the body.
 */
export function eachChunk(body: IncomingMessage, consume: (chunk: Buffer) => void): Promise<void> {
  // the stream may still use the latest chunk, so it is freed one chunk later
  let last: Buffer | undefined
  return new Promise((resolve, reject) => {
    const rejectClosed = (): void =>
      reject(body.errored ?? new TransferError('DOWNLOAD_FAILED', 'the body was closed before its end'))
    // a body that failed together with its header emits no further event
    if (body.destroyed) {
      rejectClosed()
      return
    }
    const { socket } = body
    // the HTTP parser's listener was added before, so it has read the data when `free` runs
    socket.on('data', free)
    body.once('close', () => socket.removeListener('data', free))
    body.on('data', (chunk: Buffer) => {
      try {
        consume(chunk)
      } catch (error) {
        body.destroy(error instanceof Error ? error : new Error(String(error)))
        return
      }
      if (last !== undefined) free(last)
      last = chunk
    })
    body.once('end', resolve)
    body.once('error', reject)
    body.once('close', rejectClosed)
  })
}

/** Frees the memory of a chunk if no other chunk shares it. */
function free({ buffer, byteOffset, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) buffer.transfer(0)
}
