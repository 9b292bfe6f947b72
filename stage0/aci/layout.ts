import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import { parseImageManifest } from '#schema/image-manifest.js'
import { firstProblem, ManifestError } from '#schema/manifest-error.js'

/** The two names at the top of an image layout and of an image archive (A3). */
export const LAYOUT = { manifest: 'manifest', rootfs: 'rootfs' } as const

/**
 * Checks that `directory` is an image layout: a valid manifest, a rootfs, and nothing else (A3).
 * Returns the bytes of the manifest. Errors: ARCHIVE_INVALID with the first problem, in actool's
 * words (V2).
 */
export function checkLayout(directory: string): Buffer {
  const names = entriesOf(directory)
  if (!names.includes(LAYOUT.manifest)) throw invalid('no image manifest found in layout')
  const rootfs = names.includes(LAYOUT.rootfs)
    ? lstatSync(join(directory, LAYOUT.rootfs), { throwIfNoEntry: false })
    : undefined
  if (rootfs && !rootfs.isDirectory()) throw invalid('rootfs is not a directory')
  if (!rootfs) throw invalid('no rootfs found in layout')
  const manifest = readManifest(join(directory, LAYOUT.manifest))
  checkManifest(manifest)
  const foreign = names.find((name) => name !== LAYOUT.manifest && name !== LAYOUT.rootfs)
  if (foreign !== undefined) throw invalid(`unrecognized file path in layout: ${JSON.stringify(foreign)}`)
  return manifest
}

/**
 * Validates the manifest of an image layout or archive. Errors: ARCHIVE_INVALID with the first
 * problem.
 */
export function checkManifest(manifest: Uint8Array): void {
  try {
    parseImageManifest(manifest, LAYOUT.manifest)
  } catch (cause) {
    if (!(cause instanceof ManifestError)) throw cause
    throw invalid(`image manifest validation failed: ${firstProblem(cause)}`, cause)
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch (cause) {
    if (isErrno(cause, 'ENOTDIR')) throw invalid(`given path ${JSON.stringify(directory)} is not a directory`, cause)
    throw invalid(`error accessing layout: ${messageOf(cause)}`, cause)
  }
}

function readManifest(path: string): Buffer {
  try {
    if (!statSync(path).isFile()) throw new Error('not a regular file')
    return readFileSync(path)
  } catch (cause) {
    throw invalid(`error reading image manifest: ${messageOf(cause)}`, cause)
  }
}

const invalid = (message: string, cause?: unknown): RuntimeError =>
  new RuntimeError('ARCHIVE_INVALID', message, { cause })
