import { statfsSync } from 'node:fs'
import type { IngestLimits } from '#native'

/** What an image may have before it is refused: above any real image. */
export const LIMITS = {
  /** Bytes of the uncompressed tar of an image that enters the store; `--max-image-size` says otherwise. */
  tarBytes: 32 * 2 ** 30,
  entries: 4_000_000,
  manifestBytes: 4 * 2 ** 20,
  expansion: 1100,
} as const

/** What is only read costs this host nothing but time. */
export const READING: IngestLimits = { ...LIMITS, tarBytes: Number.MAX_SAFE_INTEGER, freeBytes: 0, freeNodes: 0 }

/** At least so much of a file system stays free: a twentieth, but no more than 4 GiB and 100,000 inodes. */
const PART = 20
const FREE = { bytes: 4 * 2 ** 30, nodes: 100_000 }

/** The limits of extracting below `path`: what is on its disk must never fill it. */
export function extracting(path: string, maxBytes: number = LIMITS.tarBytes): IngestLimits {
  const { bsize, blocks, files } = statfsSync(path)
  return {
    ...LIMITS,
    tarBytes: maxBytes,
    freeBytes: Math.min(Math.floor((blocks * bsize) / PART), FREE.bytes),
    freeNodes: Math.min(Math.floor(files / PART), FREE.nodes),
  }
}
