import { posix } from 'node:path'

/** What of a tar entry decides where the next one begins, and what is needed to write it anew. */
export interface EntryHeader {
  /** One character; NUL in very old archives. */
  readonly type: string
  readonly path: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  /** Seconds. */
  readonly mtime: number
}

/** Reads a header block of an archive that native.inspectArchive has accepted. */
export const readHeader = (block: Buffer): EntryHeader => ({
  type: text(block, 156, 1),
  path: [prefix(block), text(block, 0, 100)].filter((part) => part !== '').join('/'),
  mode: number(block, 100, 8),
  uid: number(block, 108, 8),
  gid: number(block, 116, 8),
  size: number(block, 124, 12),
  mtime: number(block, 136, 12),
})

/** What extended headers say instead of the header they stand before. */
export interface Said {
  readonly path?: string
  readonly size?: number
}

/** Reads the records of a pax header; their lengths count, for values may hold anything. */
export function readPax(body: Buffer): Said {
  let said: Said = {}
  for (let rest = body; rest.length > 0;) {
    const length = Number.parseInt(rest.toString('latin1', 0, 8), 10)
    // NaN, too
    if (!(length > 0 && length <= rest.length)) break
    const [, key = '', value = ''] = /^\d+ ([^=]*)=(.*)\n$/s.exec(rest.toString('latin1', 0, length)) ?? []
    if (key === 'path') said = { ...said, path: value }
    if (key === 'size') said = { ...said, size: Number(value) }
    rest = rest.subarray(length)
  }
  return said
}

/** The name in a GNU header for a long one. */
export const readLongName = (body: Buffer): Said => ({ path: text(body, 0, body.length) })

/** Tells whether an entry's path means this file at the top of the archive. */
export const isAtTop = (path: string, name: string): boolean => posix.join('/', path) === `/${name}`

function text(block: Buffer, start: number, length: number): string {
  const field = block.toString('latin1', start, start + length)
  const end = field.indexOf('\0')
  return end < 0 ? field : field.slice(0, end)
}

/** ustar's part of a path that is too long for the name's field; GNU's archives have other things in its place. */
function prefix(block: Buffer): string {
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return ''
  return text(block, 345, block.toString('latin1', 508, 512) === 'tar\0' ? 131 : 155)
}

/** Octal digits, or a number in base 256. */
function number(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0
  if (first < 0x80) return Number.parseInt(text(block, start, length).trim() || '0', 8)
  const bytes = block.subarray(start, start + length)
  return Number(BigInt.asIntN(8 * length - 1, BigInt(`0x${bytes.toString('hex')}`)))
}
