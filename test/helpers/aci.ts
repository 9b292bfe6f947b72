import { gzipSync } from 'node:zlib'
import { minimalImageManifest, type JsonObject } from './manifests.js'

/** One entry of an archive, with any values in its header: a test may write what no tool would. */
export interface Entry {
  readonly name: string
  readonly type?: '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | 'x' | 'g' | 'L' | 'K' | 'S' | 'Z'
  readonly content?: Buffer | string
  readonly link?: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly mtime?: number
  readonly device?: readonly [major: number, minor: number]
  /** pax records of the entry, `key` → value. */
  readonly pax?: Readonly<Record<string, string | Buffer>>
  /** Written into the header in place of the content's length. */
  readonly size?: string
  /**
   * Changes the complete header block; the checksum is computed again afterwards unless
   * `badChecksum`.
   */
  readonly patch?: (header: Buffer) => void
  readonly badChecksum?: boolean
}

const BLOCK = 512

/** A tar of these entries with its end-of-archive marker. */
export const tar = (entries: readonly Entry[]): Buffer =>
  Buffer.concat([...entries.map(blocks), Buffer.alloc(2 * BLOCK)])

/** A tar without its end-of-archive marker. */
export const unendedTar = (entries: readonly Entry[]): Buffer => Buffer.concat(entries.map(blocks))

export const manifestEntry = (changes: JsonObject = {}): Entry => ({
  name: 'manifest',
  content: JSON.stringify({ ...minimalImageManifest(), ...changes }),
})

export const rootfs: Entry = { name: 'rootfs', type: '5', mode: 0o755 }

/**
 * A small valid image: manifest, rootfs, and these entries (names below `rootfs/` written in full).
 */
export const image = (entries: readonly Entry[] = [], manifest: JsonObject = {}): Buffer =>
  tar([manifestEntry(manifest), rootfs, ...entries])

/** The same image, gzipped as usual. */
export const aci = (entries: readonly Entry[] = [], manifest: JsonObject = {}): Buffer =>
  gzipSync(image(entries, manifest), { level: 1 })

function blocks(entry: Entry): Buffer {
  const content = Buffer.from(entry.content ?? '')
  const pax = entry.pax === undefined ? [] : [blocks({ name: 'PaxHeader', type: 'x', content: records(entry.pax) })]
  return Buffer.concat([...pax, header(entry, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1))])
}

function header(entry: Entry, length: number): Buffer {
  const { name, type = '0', link = '', mode = 0o644, uid = 0, gid = 0, mtime = 0, device = [0, 0], size } = entry
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0')
  block.write(name, 0, 100)
  block.write(octal(mode, 7), 100)
  block.write(octal(uid, 7), 108)
  block.write(octal(gid, 7), 116)
  block.write(size ?? octal(length, 11), 124, 12)
  block.write(octal(mtime, 11), 136)
  block.write(type, 156)
  block.write(link, 157, 100)
  block.write('ustar\u000000', 257)
  block.write(octal(device[0], 7), 329)
  block.write(octal(device[1], 7), 337)
  entry.patch?.(block)
  sign(block)
  if (entry.badChecksum === true) block.write('000000', 148)
  return block
}

function sign(block: Buffer): void {
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
}

/** Encodes pax records. */
export function records(pax: Readonly<Record<string, string | Buffer>>): Buffer {
  const all = Object.entries(pax).map(([key, value]) => {
    const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
    let length = rest.length + 1
    while (String(length).length + rest.length > length) length++
    return Buffer.concat([Buffer.from(String(length)), rest])
  })
  return Buffer.concat(all)
}
