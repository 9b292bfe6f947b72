import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { RuntimeError } from '#schema/errors.js'
import { parseImageManifest } from '#schema/image-manifest.js'
import { formatManifest } from '#schema/write.js'
import { checkArchive } from './check-archive.js'
import { checkManifest, LAYOUT } from './layout.js'
import { editManifest, type ManifestEdits } from './manifest-edits.js'
import { writeWhole } from './output-file.js'
import { plainTar } from './plain-tar.js'
import { plainReason } from './reason.js'
import { replaceManifest } from './replace-manifest.js'

export interface PatchOptions {
  readonly overwrite: boolean
  readonly compress: boolean
}

/** What the manifest becomes: a file's content, or what it was with changes. */
export type NewManifest = { readonly file: string } | { readonly edits: ManifestEdits }

/** The bytes of a new manifest, valid. Errors: USAGE, FILE_UNREADABLE, ARCHIVE_INVALID; ManifestError. */
export function newManifest(old: Buffer, change: NewManifest): Buffer {
  if ('edits' in change) {
    return Buffer.from(formatManifest(editManifest(parseImageManifest(old, LAYOUT.manifest), change.edits)))
  }
  const bytes = readBytes(change.file)
  checkManifest(bytes)
  return bytes
}

/**
 * Writes the image archive `input` to `output` with another manifest (V3), in two passes: the first checks every byte, the second copies.
 * Errors: those of checkArchive, newManifest and writeWhole; then no file is left behind.
 */
export async function patchImage(
  input: string,
  output: string,
  change: NewManifest,
  options: PatchOptions,
): Promise<void> {
  await withFile(input, async (fd) => {
    const manifest = newManifest(await withFile(input, checkArchive), change)
    await writeWhole(output, options, (target) => copy(plainTar(fd, input), manifest, target, options.compress))
  })
}

/** Copies a tar to a descriptor with another manifest, gzipped or not. */
export async function copy(
  tar: AsyncIterable<Buffer>,
  manifest: Buffer,
  target: number,
  compress: boolean,
): Promise<void> {
  const patched = Readable.from(batched(replaceManifest(tar, manifest)), { objectMode: false })
  const write = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces)
      for (let rest = piece; rest.length > 0;) rest = rest.subarray(writeSync(target, rest))
  }
  if (compress) await pipeline(patched, createGzip({ chunkSize: BATCH }), write)
  else await pipeline(patched, write)
}

const BATCH = 1 << 18

/** The same bytes in pieces worth a call each. */
async function* batched(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let length = 0
  for await (const piece of pieces) {
    waiting.push(piece)
    length += piece.length
    if (length < BATCH) continue
    yield Buffer.concat(waiting)
    waiting = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(waiting)
}

/** Opens a file for the time of `use`. Errors: FILE_UNREADABLE. */
export async function withFile<T>(path: string, use: (fd: number) => Promise<T>): Promise<T> {
  const fd = reading(path, () => openSync(path, 'r'))
  try {
    return await use(fd)
  } finally {
    closeSync(fd)
  }
}

const readBytes = (path: string): Buffer => reading(path, () => readFileSync(path))

function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { cause })
  }
}
