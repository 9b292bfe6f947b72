import { writeSync } from 'node:fs'
import { createGzip } from 'node:zlib'
import { parseImageManifest } from '#schema/image-manifest.js'
import { formatManifest } from '#schema/write.js'
import { readBytes, withFile } from '../files/open.js'
import { writeWhole } from '../files/output-file.js'
import { checkArchive } from './check-archive.js'
import { checkManifest, LAYOUT } from './layout.js'
import { editManifest, type ManifestEdits } from './manifest-edits.js'
import { plainTar } from './plain-tar.js'
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
  const write = (piece: Buffer): void => {
    for (let rest = piece; rest.length > 0;) rest = rest.subarray(writeSync(target, rest))
  }
  const pieces = replaceManifest(tar, manifest)
  if (compress) await compressed(pieces, write)
  else await inBatches(pieces, write)
}

/** Gzips; ends when the last byte was written. */
async function compressed(pieces: AsyncIterable<Buffer>, write: (piece: Buffer) => void): Promise<void> {
  const gzip = createGzip({ chunkSize: BATCH })
  const written = new Promise<void>((resolve, reject) => {
    gzip.on('data', (piece: Buffer) => {
      try {
        write(piece)
      } catch (error) {
        gzip.destroy(error instanceof Error ? error : new Error(String(error)))
      }
    })
    gzip.once('end', resolve)
    gzip.once('error', reject)
  })
  try {
    const fed = inBatches(
      pieces,
      (batch) =>
        // its callback says that the batch has been read
        new Promise<void>((resolve, reject) => {
          gzip.write(batch, (error) => {
            if (error) reject(error)
            else resolve()
          })
        }),
    ).then(() => gzip.end())
    await Promise.all([fed, written])
  } finally {
    gzip.destroy()
  }
}

const BATCH = 1 << 18

/** Gives the same bytes in pieces worth a call each, all in one buffer: each is valid until `take` has settled. */
async function inBatches(pieces: AsyncIterable<Buffer>, take: (batch: Buffer) => Promise<void> | void): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(BATCH)
  let length = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + BATCH - length)
      buffer.set(part, length)
      length += part.length
      at += part.length
      if (length < BATCH) continue
      await take(buffer)
      length = 0
    }
  }
  if (length > 0) await take(buffer.subarray(0, length))
}
