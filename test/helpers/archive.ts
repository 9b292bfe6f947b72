/** Archives built by hand, including some that no honest program would write. */

const BLOCK = 512

/** One entry; the defaults are harmless. */
export interface Entry {
  readonly path: string | Buffer
  /** The type flag; default `0` (file). */
  readonly type?: string
  readonly content?: string | Buffer
  readonly link?: string | Buffer
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly mtime?: number
  readonly device?: readonly [number, number]
  /** Written into the header in place of the content's length. */
  readonly size?: number
  readonly format?: 'ustar' | 'gnu' | 'v7'
  /** Records of a pax header before the entry. */
  readonly pax?: readonly (readonly [string, string | Buffer])[]
  /** Changes the header before its checksum is computed. */
  readonly header?: (block: Buffer) => void
  /** Changes the header after its checksum was computed. */
  readonly damage?: (block: Buffer) => void
}

const MAGIC = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '' }

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`

/** Pads with zeros up to the next full block. */
export const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)])

/** Sets the checksum of a header block. */
export function checksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** Encodes one pax record; its length includes the length field. */
export function record(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
  let length = rest.length
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

/** Encodes an entry as blocks: its extra headers, its header, its content and padding. */
export function blocks(entry: Entry): Buffer {
  const content = Buffer.from(entry.content ?? '')
  const block = Buffer.alloc(BLOCK)
  Buffer.from(entry.path).copy(block, 0, 0, 100)
  block.write(octal(entry.mode ?? (entry.type === '5' ? 0o755 : 0o644), 8), 100, 'latin1')
  block.write(octal(entry.uid ?? 0, 8), 108, 'latin1')
  block.write(octal(entry.gid ?? 0, 8), 116, 'latin1')
  block.write(octal(entry.size ?? content.length, 12), 124, 'latin1')
  block.write(octal(entry.mtime ?? 1_000_000_000, 12), 136, 'latin1')
  block.write(entry.type ?? '0', 156, 'latin1')
  Buffer.from(entry.link ?? '').copy(block, 157, 0, 100)
  block.write(MAGIC[entry.format ?? 'ustar'], 257, 'latin1')
  if (entry.format !== 'v7') {
    block.write(octal(entry.device?.[0] ?? 0, 8), 329, 'latin1')
    block.write(octal(entry.device?.[1] ?? 0, 8), 337, 'latin1')
  }
  entry.header?.(block)
  checksum(block)
  entry.damage?.(block)
  const pax = entry.pax === undefined ? [] : [extra('x', Buffer.concat(entry.pax.map(([k, v]) => record(k, v))))]
  return Buffer.concat([...pax, block, padded(content)])
}

/** A pax header (`x`, `g`) or a GNU long name (`L`, `K`) with any content. */
export const extra = (type: 'x' | 'g' | 'L' | 'K', content: Buffer): Buffer =>
  blocks({ path: type === 'L' || type === 'K' ? '././@LongLink' : 'PaxHeader', type, content })

/** The end-of-archive marker. */
export const END = Buffer.alloc(2 * BLOCK)

/** A tar of entries, or of encoded blocks. */
export const tar = (...parts: readonly (Entry | Buffer)[]): Buffer =>
  Buffer.concat([...parts.map((part) => (Buffer.isBuffer(part) ? part : blocks(part))), END])

/** The smallest manifest. */
export const MANIFEST: Entry = {
  path: 'manifest',
  content: '{"acKind":"ImageManifest","acVersion":"0.8.11","name":"example.com/test"}',
}

export const ROOTFS: Entry = { path: 'rootfs', type: '5' }

/** An image with these entries in (or outside of) its root file system. */
export const image = (...parts: readonly (Entry | Buffer)[]): Buffer => tar(MANIFEST, ROOTFS, ...parts)
