import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { ignoreMissing } from '../files/missing.js'
import { replaceFile } from '../files/replace.js'
import { isImageID } from './id.js'

/** The record of an image file on a server. */
export interface Remote {
  readonly imageID: string
  /** The validators that the server sent with the file. */
  readonly etag?: string
  readonly lastModified?: string
  readonly maxAgeSeconds?: number
  /** When the server was last asked, milliseconds since 1970. */
  readonly checkedAt: number
}

/** The record of an earlier fetch from a URL; undefined if there is none or it cannot be read. */
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

/** Writes the record of a URL. A lost record only costs a download. */
export function writeRemote(dir: DataDir, url: URL, remote: Remote): void {
  const file = fileOf(dir, url)
  // a query may contain a secret
  const location = `${url.origin}${url.pathname}`
  const text = `${JSON.stringify({ url: location, ...remote })}\n`
  // a missing draft is ignored: a collector may have removed it as a remainder of a crash
  ignoreMissing(() => replaceFile(file, text, { mode: 0o600 }), undefined)
}

const fileOf = (dir: DataDir, url: URL): string => join(dir.remotes, `${native.sha512(url.href)}.json`)
