import { closeSync, openSync, readSync, statSync, writeSync, type BigIntStats } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { writeOutputFile } from '../files/output-file.js'
import { checkLayout, LAYOUT } from './layout.js'
import { BLOCK, encodeHeader, padding, type TarEntry } from './tar-header.js'
import { type LayoutFile, walk } from './walk.js'

export interface BuildOptions {
  readonly overwrite: boolean
  readonly compress: boolean
  /** All files belong to root:root. */
  readonly ownerRoot: boolean
  /** Transforms the archive while it is written, after compression (A6). */
  readonly wrap?: (archive: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>
}

/**
 * Builds the image archive `file` from the image layout `directory` (V1). The same layout gives the
 * same image ID. After an error no file remains. Errors: ARCHIVE_INVALID for an invalid layout,
 * FILE_EXISTS, FILE_UNREADABLE.
 */
export async function buildImage(directory: string, file: string, options: BuildOptions): Promise<void> {
  const manifest = checkLayout(directory)
  await writeOutputFile(file, options, async (fd) => {
    const tar = Readable.from(inBatches(archiveBlocks(directory, manifest, options)), {
      objectMode: false,
      highWaterMark: BATCH,
    })
    const { wrap = identity } = options
    const output = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of wrap(chunks)) writeAll(fd, chunk)
    }
    if (options.compress) await pipeline(tar, createGzip({ chunkSize: BATCH / 4 }), output)
    else await pipeline(tar, output)
  })
}

const identity = (archive: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => archive

const BATCH = 1 << 20

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let rest = chunk; rest.length > 0;) rest = rest.subarray(writeSync(fd, rest))
}

/**
 * The blocks of the complete tar. The manifest comes first, so that a reader knows the image before
 * its content.
 */
function* archiveBlocks(directory: string, manifest: Buffer, { ownerRoot }: BuildOptions): Generator<Buffer> {
  const stat = statSync(join(directory, LAYOUT.manifest), { bigint: true })
  yield encodeHeader({ ...manifestEntry(manifest, stat), ...(ownerRoot && ROOT) })
  yield manifest
  yield Buffer.alloc(padding(manifest.length))
  for (const layoutFile of walk(Buffer.from(join(directory, LAYOUT.rootfs)), Buffer.from(LAYOUT.rootfs))) {
    const entry = { ...entryOf(layoutFile), ...(ownerRoot && ROOT) }
    yield encodeHeader(entry)
    if (entry.size > 0) {
      yield* readContent(layoutFile.path, entry.size)
      yield Buffer.alloc(padding(entry.size))
    }
  }
  yield Buffer.alloc(2 * BLOCK)
}

const ROOT = { uid: 0, gid: 0, owner: 'root', group: 'root' } as const

const manifestEntry = (manifest: Buffer, { mtimeNs }: BigIntStats): TarEntry => ({
  name: Buffer.from(LAYOUT.manifest),
  type: 'File',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: manifest.length,
  mtime: mtimeNs,
  xattrs: [],
})

function entryOf({ path, name, stat, type, target }: LayoutFile): TarEntry {
  const rdev = Number(stat.rdev)
  return {
    name,
    type,
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: type === 'File' ? Number(stat.size) : 0,
    mtime: stat.mtimeNs,
    ...(target !== undefined && { target }),
    ...((type === 'CharacterDevice' || type === 'BlockDevice') && { device: device(rdev) }),
    xattrs: type === 'Link' ? [] : native.xattrs(path).filter(({ name: key }) => !HOST_ATTRIBUTES.test(key)),
  }
}

/** Attributes that describe how this host treats the file, not the file itself. */
const HOST_ATTRIBUTES = /^(trusted\.|security\.(selinux|apparmor|ima|evm|SMACK))/

/** The inverse of makedev(3). */
const device = (rdev: number): { major: number; minor: number } => {
  const number = BigInt(rdev)
  return {
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)),
    minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n)),
  }
}

/**
 * Exactly `size` bytes of a file. Errors: ARCHIVE_INVALID if the file becomes shorter while it is
 * read.
 */
function* readContent(path: Buffer, size: number): Generator<Buffer> {
  const fd = openSync(path, 'r')
  try {
    for (let left = size; left > 0;) {
      const chunk = Buffer.allocUnsafe(Math.min(left, BATCH))
      const count = readSync(fd, chunk, 0, chunk.length, null)
      if (count === 0) throw new RuntimeError('ARCHIVE_INVALID', `${path.toString()}: became shorter while it was read`)
      yield chunk.subarray(0, count)
      left -= count
    }
  } finally {
    closeSync(fd)
  }
}

/** Joins small pieces into batches, to save system calls. */
function* inBatches(blocks: Iterable<Buffer>): Generator<Buffer> {
  let pending: Buffer[] = []
  let length = 0
  for (const block of blocks) {
    pending.push(block)
    length += block.length
    if (length < BATCH) continue
    yield Buffer.concat(pending)
    pending = []
    length = 0
  }
  yield Buffer.concat(pending)
}
