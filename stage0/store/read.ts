import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import { type ImageManifest, parseImageManifest } from '#schema/image-manifest.js'
import { lenientImageManifest } from '#schema/lenient.js'
import type { DataDir } from '../data-dir.js'
import { isImageID, shortID } from './id.js'
import { type ImageInfo, parseInfo } from './info.js'
import type { StoredImage } from './stored-image.js'

/**
 * The files of an image's directory. `provenance`: who vouched for the image. `used` is empty; its
 * mtime is when a pod was last created from the image.
 */
export const IMAGE_DIR = {
  rootfs: 'rootfs',
  manifest: 'manifest',
  record: 'record',
  info: 'info.json',
  provenance: 'provenance.json',
  used: 'used',
} as const

/** One image in a listing. */
export type StoredEntry = StoredImage | DamagedEntry

/** A damaged directory of the CAS: it can be listed and removed, but not used. */
export interface DamagedEntry {
  readonly id: string
  readonly directory: string
  /** The name in the manifest, if it can be read. */
  readonly name?: string
  /** A description of the problem. */
  readonly problem: string
}

export const isDamaged = (entry: StoredEntry): entry is DamagedEntry => 'problem' in entry
export const isWhole = (entry: StoredEntry): entry is StoredImage => !isDamaged(entry)

export const notFound = (reference: string): RuntimeError =>
  new RuntimeError(
    'IMAGE_NOT_FOUND',
    `${isImageID(reference) ? shortID(reference) : reference}: no such image in the store`,
    {
      hint: 'appc image list, or appc fetch FILE.aci',
    },
  )

/** See {@link Store.get}. */
export function read(dir: DataDir, id: string): StoredImage {
  const directory = dir.image(id)
  const version = versionOf(directory)
  let manifest: ImageManifest
  let info: ImageInfo
  try {
    manifest = parseImageManifest(readFileSync(join(directory, IMAGE_DIR.manifest)), `${shortID(id)}: manifest`)
    info = parseInfo(readFileSync(join(directory, IMAGE_DIR.info), 'utf8'))
  } catch (cause) {
    if (isErrno(cause, 'ENOENT') && !ids(dir).includes(id)) throw notFound(id)
    // another process has removed the image and fetched it again: the path leads to a new directory
    if (versionOf(directory) !== version) return read(dir, id)
    throw new RuntimeError('IMAGE_DAMAGED', `${shortID(id)}: damaged: ${messageOf(cause)}`, {
      hint: `appc image rm ${shortID(id)} and fetch it again`,
      cause,
    })
  }
  const lastUsedAt = lstatSync(join(directory, IMAGE_DIR.used), { throwIfNoEntry: false })?.mtime
  const rootfs = join(directory, IMAGE_DIR.rootfs)
  return { id, manifest, directory, rootfs, ...info, ...(lastUsedAt && { lastUsedAt }) }
}

/** An identifier of the directory at a path, which differs after the directory was replaced. */
function versionOf(directory: string): string {
  const stat = statSync(directory, { throwIfNoEntry: false, bigint: true })
  return stat === undefined ? '' : `${stat.ino} ${stat.ctimeNs}`
}

/** The readable parts of an image's `info.json`, even of a damaged image. */
export function readInfo(dir: DataDir, id: string): Pick<StoredImage, 'id' | 'directory'> & Partial<ImageInfo> {
  const directory = dir.image(id)
  try {
    return { id, directory, ...parseInfo(readFileSync(join(directory, IMAGE_DIR.info), 'utf8')) }
  } catch {
    return { id, directory }
  }
}

/** The IDs of all images in the CAS, sorted. */
export const ids = (dir: DataDir): string[] => readdirSync(dir.cas).filter(isImageID).sort()

/** See {@link Store.list}. An image that is removed in the meantime is skipped. */
export const list = (dir: DataDir): StoredEntry[] => inOrder(ids(dir).flatMap((id) => entryOf(dir, id) ?? []))

/** Sorts entries by import, oldest first; damaged ones come before all others. */
export function inOrder(entries: readonly StoredEntry[]): StoredEntry[] {
  const time = (entry: StoredEntry): number => (isDamaged(entry) ? 0 : entry.importedAt.getTime())
  return entries.toSorted((a, b) => time(a) - time(b))
}

/** See {@link Store.entry}. */
export function entryOf(dir: DataDir, id: string): StoredEntry | undefined {
  try {
    return read(dir, id)
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
    return error.code === 'IMAGE_NOT_FOUND' ? undefined : damagedEntry(dir, id, error.message)
  }
}

function damagedEntry(dir: DataDir, id: string, problem: string): DamagedEntry {
  const directory = dir.image(id)
  let name: string | undefined
  try {
    ;({ name } = lenientImageManifest(readFileSync(join(directory, IMAGE_DIR.manifest))))
  } catch {
    // a manifest that cannot be read has no name
  }
  return { id, directory, problem, ...(name !== undefined && { name }) }
}
