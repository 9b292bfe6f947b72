import type { Follow } from './follower.js'
import type { CachedFile } from './validators.js'

/** A file to download, and the options. */
export interface DownloadRequest<T = unknown> {
  readonly url: URL
  /**
   * Maximum size (else DOWNLOAD_LIMIT), checked before the body is read if the server sends its
   * length.
   */
  readonly maxBytes: number
  /** Expected size in bytes (else IMAGE_MISMATCH). */
  readonly exactBytes?: number
  /**
   * Processes the file during its download; see {@link DownloadedFile.followed}. Its error ends the
   * download.
   */
  readonly follow?: Follow<T>
  /**
   * The record of an earlier download that the caller still has: the server is asked only for a
   * changed file, and not at all within its max-age. A function is called before and after the wait
   * for another process that downloads the same URL: a result of that process (a later `checkedAt`)
   * counts as fresh.
   */
  readonly cached?: CachedFile | (() => CachedFile | undefined | Promise<CachedFile | undefined>)
  /**
   * Called for every chunk with the present bytes; `total` is undefined if the server does not send
   * it.
   */
  readonly onProgress?: (bytes: number, total: number | undefined) => void
}
