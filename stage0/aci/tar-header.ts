import { Header } from 'tar/header'
import type { FileType } from './walk.js'

/** All header fields of a tar entry (A4). */
export interface TarEntry {
  readonly name: Buffer
  readonly type: FileType
  /** The permission bits with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly owner?: string
  readonly group?: string
  readonly size: number
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint
  readonly target?: Buffer
  readonly device?: { readonly major: number; readonly minor: number }
  readonly xattrs: readonly { readonly name: string; readonly value: Buffer }[]
}

export const BLOCK = 512

/** The largest number of eleven octal digits: the largest size in a plain header. */
const MAX_SIZE = 0o77777777777
/** The largest number of seven octal digits: the largest owner in a plain header. */
const MAX_ID = 0o7777777

/**
 * The header blocks of one entry: a plain header, after an extended header (POSIX pax) if some
 * fields do not fit into the plain one.
 */
export function encodeHeader(entry: TarEntry): Buffer {
  const records = paxRecords(entry)
  const main = plainHeader(entry, records.length > 0)
  if (records.length === 0) return main
  const body = Buffer.concat(records)
  return Buffer.concat([paxHeader(body.length), body, Buffer.alloc(padding(body.length)), main])
}

/** The number of zero bytes after `size` bytes of content. */
export const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK

function paxRecords(entry: TarEntry): Buffer[] {
  const { name, target, size, uid, gid, mtime, xattrs } = entry
  const records: Buffer[] = []
  const add = (key: string, value: string | Buffer): void => void records.push(paxRecord(key, Buffer.from(value)))
  const path = entry.type === 'Directory' ? Buffer.concat([name, Buffer.from('/')]) : name
  if (!isPlain(path)) add('path', path)
  if (target !== undefined && !isPlain(target)) add('linkpath', target)
  if (size > MAX_SIZE) add('size', String(size))
  if (uid > MAX_ID) add('uid', String(uid))
  if (gid > MAX_ID) add('gid', String(gid))
  if (mtime < 0n || mtime % 1_000_000_000n !== 0n || seconds(mtime) > MAX_SIZE) add('mtime', formatSeconds(mtime))
  for (const { name: key, value } of xattrs) add(`SCHILY.xattr.${key}`, value)
  return records
}

/** Tells whether a text fits into the plain header and is ASCII. */
const isPlain = (text: Buffer): boolean => text.length < 100 && text.every((byte) => byte >= 0x20 && byte < 0x7f)

/** Encodes a pax record. It begins with its own length in decimal, which includes these digits. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')])
  let length = rest.length + 1
  while (String(length).length + rest.length > length) length++
  return Buffer.concat([Buffer.from(String(length)), rest])
}

const seconds = (nanoseconds: bigint): number => Number(nanoseconds / 1_000_000_000n)

function formatSeconds(nanoseconds: bigint): string {
  const absolute = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const fraction = (absolute % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  const wholeSeconds = (absolute / 1_000_000_000n).toString()
  return `${nanoseconds < 0n ? '-' : ''}${wholeSeconds}${fraction === '' ? '' : `.${fraction}`}`
}

/**
 * @param isExtended pax records contain the fields that do not fit; the fields here are then only
 * for readers that do not know pax
 */
function plainHeader(entry: TarEntry, isExtended: boolean): Buffer {
  const { name, type, mode, uid, gid, owner = '', group = '', size, mtime, target, device } = entry
  const path = `${printable(name)}${type === 'Directory' ? '/' : ''}`
  const header = new Header({
    path: isExtended ? path.slice(0, 99) : path,
    type,
    mode,
    uid: Math.min(uid, MAX_ID),
    gid: Math.min(gid, MAX_ID),
    uname: owner,
    gname: group,
    size: Math.min(size, MAX_SIZE),
    mtime: new Date(Math.min(Math.max(0, seconds(mtime)), MAX_SIZE) * 1000),
    linkpath: printable(target ?? Buffer.alloc(0)).slice(0, 99),
    devmaj: device?.major ?? 0,
    devmin: device?.minor ?? 0,
  })
  return encodeBlock(header)
}

const printable = (text: Buffer): string => text.toString('latin1').replace(/[^\x20-\x7e]/g, '_')

const paxHeader = (size: number): Buffer =>
  encodeBlock(
    new Header({ path: 'PaxHeader', type: 'ExtendedHeader', mode: 0o644, uid: 0, gid: 0, size, mtime: new Date(0) }),
  )

function encodeBlock(header: Header): Buffer {
  const block = Buffer.alloc(BLOCK)
  header.encode(block)
  return block
}
