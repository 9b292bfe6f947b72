import type { IncomingMessage } from 'node:http'
import { timeoutError } from './failure.js'

/**
 * Minimum number of bytes in each idle timeout: a server that sends less is treated like a silent
 * one.
 */
const MIN_BYTES = 4096

/**
 * Destroys a body whose server sends nothing, or too little, while its reader waits. `idle`:
 * milliseconds.
 */
export function guardBody(url: URL, response: IncomingMessage, idle: number): void {
  const { socket } = response
  let lastBytes = socket.bytesRead
  const timer = setInterval(() => {
    const newBytes = socket.bytesRead - lastBytes
    lastBytes = socket.bytesRead
    const isReaderSlow = response.readableLength > 0
    if (newBytes >= MIN_BYTES || isReaderSlow || response.complete) return
    response.destroy(timeoutError(url, `${newBytes} bytes in ${idle / 1000} s`))
  }, idle)
  response.once('close', () => clearInterval(timer))
}
