import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { ignoreMissing } from '../files/missing.js'
import { replaceFile } from '../files/replace.js'
import { isImageID } from './id.js'

/** What is known of an image file on a server. */
export interface Remote {
  readonly imageID: string
  /** What the server said when it served the file. */
  readonly etag?: string
  readonly lastModified?: string
  readonly maxAgeSeconds?: number
  /** When the server was last asked, milliseconds since 1970. */
  readonly checkedAt: number
}

/** What an earlier fetch noted about a URL; undefined where there was none, or the note cannot be read. */
export function readRemote(dir: DataDir, url: URL): Remote | undefined {
  try {
    const raw = JSON.parse(readFileSync(fileOf(dir, url), 'utf8')) as Record<string, unknown> | null
    const { imageID, checkedAt, etag, lastModified, maxAgeSeconds } = raw ?? {}
    if (typeof imageID !== 'string' || !isImageID(imageID) || typeof checkedAt !== 'number') return undefined
    return {
      imageID,
      checkedAt,
      ...(typeof etag === 'string' && { etag }),
      ...(typeof lastModified === 'string' && { lastModified }),
      ...(typeof maxAgeSeconds === 'number' && { maxAgeSeconds }),
    }
  } catch {
    return undefined
  }
}

/** Notes what is known of a URL now. A lost note costs a download, no more. */
export function writeRemote(dir: DataDir, url: URL, remote: Remote): void {
  const file = fileOf(dir, url)
  // a query may hold a secret
  const place = `${url.origin}${url.pathname}`
  const text = `${JSON.stringify({ url: place, ...remote })}\n`
  // missing: a collector may have taken the draft for what a crash left
  ignoreMissing(() => replaceFile(file, text, { mode: 0o600 }), undefined)
}

const fileOf = (dir: DataDir, url: URL): string => join(dir.remotes, `${native.sha512(url.href)}.json`)
