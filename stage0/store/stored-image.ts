import type { ImageManifest } from '#schema/image-manifest.js'

/** An image of the store, whole and with a valid manifest. */
export interface StoredImage {
  /** `sha512-` + 128 hex digits. */
  readonly id: string
  readonly manifest: ImageManifest
  /** `cas/<id>`: holds `rootfs/`, `manifest`, `record`, `info.json`. */
  readonly directory: string
  readonly rootfs: string
  /** Bytes of all regular files. */
  readonly contentBytes: number
  /** Bytes the store keeps for it: content, manifest and record. */
  readonly diskBytes: number
  readonly importedAt: Date
  /** The file it was read from, where it had a name. */
  readonly source?: string
  /** Absolute image paths of directories that the archive does not name though something stands beneath them. */
  readonly impliedDirectories: readonly string[]
  /** When a pod was last made of it. */
  readonly lastUsedAt?: Date
}
