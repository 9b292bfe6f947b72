import { readSync } from 'node:fs'

/** Bytes that are enough to tell. */
const HEAD = 512

/** Whether a file begins as an HTML page does: what servers give who is not logged in, or for what they do not have. */
export function isHTML(fd: number): boolean {
  const head = Buffer.alloc(HEAD)
  try {
    const text = head.toString('latin1', 0, readSync(fd, head, 0, HEAD, 0))
    return /^(\xef\xbb\xbf)?\s*(<!--[^]*?-->\s*)?<(!doctype html|html|head|body|title|meta)\b/i.test(text)
  } catch {
    // a pipe cannot be read again
    return false
  }
}
