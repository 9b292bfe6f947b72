import { posix } from 'node:path'

/**
 * The fields of a tar header that are needed to find the next entry, and to write this header
 * again.
 */
export interface EntryHeader {
  /** One character; NUL in very old archives. */
  readonly type: string
  readonly path: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  /** Seconds since the epoch. */
  readonly mtime: number
}

/** Reads a header block of an archive that native.inspectArchive has accepted. */
export const readHeader = (block: Buffer): EntryHeader => ({
  type: readText(block, 156, 1),
  path: [prefix(block), readText(block, 0, 100)].filter((part) => part !== '').join('/'),
  mode: readNumber(block, 100, 8),
  uid: readNumber(block, 108, 8),
  gid: readNumber(block, 116, 8),
  size: readNumber(block, 124, 12),
  mtime: readNumber(block, 136, 12),
})

/** Fields of an entry that extended headers override. */
export interface HeaderOverrides {
  readonly path?: string
  readonly size?: number
}

/**
 * Reads the records of a pax header. It follows the length of each record, because a value may
 * contain any byte.
 */
export function readPax(body: Buffer): HeaderOverrides {
  let overrides: HeaderOverrides = {}
  for (let rest = body; rest.length > 0;) {
    const length = Number.parseInt(rest.toString('latin1', 0, 8), 10)
    // this condition is also false for NaN
    if (!(length > 0 && length <= rest.length)) break
    const [, key = '', value = ''] = /^\d+ ([^=]*)=(.*)\n$/s.exec(rest.toString('latin1', 0, length)) ?? []
    if (key === 'path') overrides = { ...overrides, path: value }
    if (key === 'size') overrides = { ...overrides, size: Number(value) }
    rest = rest.subarray(length)
  }
  return overrides
}

/** Reads the body of a GNU long-name header. */
export const readLongName = (body: Buffer): HeaderOverrides => ({ path: readText(body, 0, body.length) })

/** Tells whether the path of an entry is the file `name` at the top of the archive. */
export const isAtTop = (path: string, name: string): boolean => posix.join('/', path) === `/${name}`

function readText(block: Buffer, start: number, length: number): string {
  const field = block.toString('latin1', start, start + length)
  const end = field.indexOf('\0')
  return end < 0 ? field : field.slice(0, end)
}

/**
 * The ustar prefix of a path that does not fit into the name field. GNU archives use these bytes
 * for other fields.
 */
function prefix(block: Buffer): string {
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return ''
  return readText(block, 345, block.toString('latin1', 508, 512) === 'tar\0' ? 131 : 155)
}

/** Reads a number field: octal digits, or base 256. */
function readNumber(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0
  if (first < 0x80) return Number.parseInt(readText(block, start, length).trim() || '0', 8)
  const bytes = block.subarray(start, start + length)
  return Number(BigInt.asIntN(8 * length - 1, BigInt(`0x${bytes.toString('hex')}`)))
}
