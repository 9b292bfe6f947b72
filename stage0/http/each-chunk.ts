import type { IncomingMessage } from 'node:http'
import { TransferError } from './failure.js'

/**
 * Hands every chunk of a body, as it comes, to `take`, which must not keep it: its memory is given back, and so is that of what the
 * connection received, of which the parser of HTTP has made the chunks. What `take` throws ends the reading. The garbage collector
 * would let tens of megabytes of both gather.
 */
export function eachChunk(body: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  // whoever handed it on may still be at work on the last one
  let last: Buffer | undefined
  return new Promise((resolve, reject) => {
    const closed = (): void =>
      reject(body.errored ?? new TransferError('DOWNLOAD_FAILED', 'the body was closed before its end'))
    // it may have failed with its header, and tells nobody twice
    if (body.destroyed) {
      closed()
      return
    }
    const { socket } = body
    // the parser listens, too, and was there before
    socket.on('data', free)
    body.once('close', () => socket.removeListener('data', free))
    body.on('data', (chunk: Buffer) => {
      try {
        take(chunk)
      } catch (error) {
        body.destroy(error instanceof Error ? error : new Error(String(error)))
        return
      }
      if (last !== undefined) free(last)
      last = chunk
    })
    body.once('end', resolve)
    body.once('error', reject)
    body.once('close', closed)
  })
}

/** Gives back the memory of a chunk that shares it with no other. */
function free({ buffer, byteOffset, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) buffer.transfer(0)
}
