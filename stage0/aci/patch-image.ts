import { writeSync } from 'node:fs'
import { createGzip } from 'node:zlib'
import { parseImageManifest } from '#schema/image-manifest.js'
import { formatManifest } from '#schema/write.js'
import { readBytes, withFile } from '../files/open.js'
import { writeOutputFile } from '../files/output-file.js'
import { checkArchive } from './check-archive.js'
import { checkManifest, LAYOUT } from './layout.js'
import { editManifest, type ManifestEdits } from './manifest-edits.js'
import { plainTar } from './plain-tar.js'
import { replaceManifest } from './replace-manifest.js'

export interface PatchOptions {
  readonly overwrite: boolean
  readonly compress: boolean
}

/** The new manifest: the content of a file, or the old manifest with edits. */
export type NewManifest = { readonly file: string } | { readonly edits: ManifestEdits }

/**
 * The bytes of a new manifest, validated. Errors: USAGE, FILE_UNREADABLE, ARCHIVE_INVALID;
 * {@link ManifestError} with every problem.
 */
export function newManifest(old: Buffer, change: NewManifest): Buffer {
  if ('edits' in change) {
    return Buffer.from(formatManifest(editManifest(parseImageManifest(old, LAYOUT.manifest), change.edits)))
  }
  const bytes = readBytes(change.file)
  checkManifest(bytes)
  return bytes
}

/**
 * Writes the image archive `input` to `output` with another manifest (V3), in two passes: the first
 * checks every byte, the second copies. After an error no file remains. Errors: those of
 * {@link checkArchive}, {@link newManifest} and {@link writeOutputFile}.
 */
export async function patchImage(
  input: string,
  output: string,
  change: NewManifest,
  options: PatchOptions,
): Promise<void> {
  await withFile(input, async (fd) => {
    const manifest = newManifest(await withFile(input, checkArchive), change)
    await writeOutputFile(output, options, (target) => copy(plainTar(fd, input), manifest, target, options.compress))
  })
}

/**
 * Copies a tar with another manifest to a descriptor, and compresses it with gzip if `compress` is
 * set. Errors: those of {@link replaceManifest}.
 */
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
  if (compress) await writeCompressed(pieces, write)
  else await forEachBatch(pieces, write)
}

/** Compresses with gzip. The promise resolves when the last byte is written. */
async function writeCompressed(pieces: AsyncIterable<Buffer>, write: (piece: Buffer) => void): Promise<void> {
  const gzip = createGzip({ chunkSize: BATCH })
  const writing = new Promise<void>((resolve, reject) => {
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
    const compressing = forEachBatch(
      pieces,
      (batch) =>
        // the callback of gzip.write reports that gzip has read the batch
        new Promise<void>((resolve, reject) => {
          gzip.write(batch, (error) => {
            if (error) reject(error)
            else resolve()
          })
        }),
    ).then(() => gzip.end())
    await Promise.all([compressing, writing])
  } finally {
    gzip.destroy()
  }
}

const BATCH = 1 << 18

/**
 * Joins small pieces into batches, to save system calls. All batches use the same buffer: a batch
 * is valid until `consume` settles.
 */
async function forEachBatch(
  pieces: AsyncIterable<Buffer>,
  consume: (batch: Buffer) => Promise<void> | void,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(BATCH)
  let length = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + BATCH - length)
      buffer.set(part, length)
      length += part.length
      at += part.length
      if (length < BATCH) continue
      await consume(buffer)
      length = 0
    }
  }
  if (length > 0) await consume(buffer.subarray(0, length))
}
