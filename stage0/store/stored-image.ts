import type { ImageManifest } from '#schema/image-manifest.js'

/** An undamaged image of the store, with a valid manifest. */
export interface StoredImage {
  /** `sha512-` + 128 hex digits. */
  readonly id: string
  readonly manifest: ImageManifest
  /** `cas/<id>`: contains `rootfs/`, `manifest`, `record` and `info.json`. */
  readonly directory: string
  readonly rootfs: string
  /** Bytes of all regular files. */
  readonly contentBytes: number
  /** Bytes that the store keeps for it: content, manifest and record. */
  readonly diskBytes: number
  readonly importedAt: Date
  /** The path or URL from which it was read, if it is known. */
  readonly source?: string
  /**
   * Absolute image paths of directories that the archive does not name, but that have entries below
   * them.
   */
  readonly impliedDirectories: readonly string[]
  /** When a pod was last created from it. */
  readonly lastUsedAt?: Date
}
