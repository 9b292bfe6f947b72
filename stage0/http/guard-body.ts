import type { IncomingMessage } from 'node:http'
import { timeoutError } from './failure.js'

/** What must come in any span of the idle timeout: a server that drips is as bad as one that is silent. */
const LEAST_BYTES = 4096

/** Destroys a body whose server falls silent, or nearly so, while its reader waits. `idle`: milliseconds. */
export function guardBody(url: URL, response: IncomingMessage, idle: number): void {
  const { socket } = response
  let seen = socket.bytesRead
  const timer = setInterval(() => {
    const gained = socket.bytesRead - seen
    seen = socket.bytesRead
    const readerIsSlow = response.readableLength > 0
    if (gained >= LEAST_BYTES || readerIsSlow || response.complete) return
    response.destroy(timeoutError(url, `${gained} bytes in ${idle / 1000} s`))
  }, idle)
  response.once('close', () => clearInterval(timer))
}
