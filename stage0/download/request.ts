import type { Follow } from './follower.js'
import type { Known } from './validators.js'

/** What is to be downloaded, and how. */
export interface DownloadRequest<T = unknown> {
  readonly url: URL
  /** More than that is DOWNLOAD_LIMIT, told before the body is read where the server tells its length. */
  readonly maxBytes: number
  /** Another number of them is IMAGE_MISMATCH. */
  readonly exactBytes?: number
  /** Works on the file while it comes; see {@link DownloadedFile.followed}. What it throws ends the download. */
  readonly follow?: Follow<T>
  /**
   * What is known of an earlier download that is still at hand: asked for again only if it has changed, and not at all within
   * its max-age. A function is called before and after waiting for another process that downloads the same: what that one has
   * finished meanwhile (a later `checkedAt`) counts as fresh.
   */
  readonly known?: Known | (() => Known | undefined | Promise<Known | undefined>)
  /** Bytes present, of how many; `total` is undefined where the server does not tell. Called for every piece: often. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void
}
