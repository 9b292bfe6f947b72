import type { IncomingMessage } from 'node:http'
import { TransferError } from './failure.js'

/**
 * Hands every chunk of a body, as it comes, to `take`, which must not keep it: its memory is given back. What `take` throws ends the
 * reading. Reading a body by `for await` would join chunks, and leave each to the garbage collector, which lets tens of megabytes
 * gather: that costs twice the time. What a plain socket gave, of which the chunks are copies, is given back likewise; under TLS
 * several chunks share one piece of memory, and the collector has it.
 */
export function eachChunk(body: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  const { socket } = body
  const received = freeing()
  const taken = freeing()
  socket.on('data', received)
  body.once('close', () => socket.off('data', received))
  return new Promise((resolve, reject) => {
    body.on('data', (chunk: Buffer) => {
      try {
        take(chunk)
      } catch (error) {
        body.destroy(error instanceof Error ? error : new Error(String(error)))
        return
      }
      taken(chunk)
    })
    body.once('end', resolve)
    body.once('error', reject)
    body.once('close', () => reject(new TransferError('DOWNLOAD_FAILED', 'the body was closed before its end')))
  })
}

/** Takes chunks, and frees each when the next one comes: whoever hands them on may still be at work on the last one. */
function freeing(): (chunk: Buffer) => void {
  let last: Buffer | undefined
  return (chunk) => {
    if (last !== undefined) free(last)
    last = chunk
  }
}

/** Gives back the memory of a chunk that shares it with no other. */
function free({ buffer, byteOffset, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) buffer.transfer(0)
}
