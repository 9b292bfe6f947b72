import { readSync } from 'node:fs'

/** The number of bytes that {@link isHTML} needs. */
const HEAD = 512

/**
 * Tells whether a file begins like an HTML page. Servers send such a page to users who are not
 * logged in, and for files that do not exist.
 */
export function isHTML(fd: number): boolean {
  const head = Buffer.alloc(HEAD)
  try {
    const text = head.toString('latin1', 0, readSync(fd, head, 0, HEAD, 0))
    return /^(\xef\xbb\xbf)?\s*(<!--[^]*?-->\s*)?<(!doctype html|html|head|body|title|meta)\b/i.test(text)
  } catch {
    // a pipe has no positions, so it cannot be read in advance
    return false
  }
}
