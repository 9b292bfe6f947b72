import { statfsSync } from 'node:fs'
import type { IngestLimits } from '#native'

/** The limits of an image, above the values of any real image. */
export const LIMITS = {
  /**
   * Maximum size of the uncompressed tar of an image in the store, in bytes; `--max-image-size`
   * overrides it.
   */
  tarBytes: 32 * 2 ** 30,
  entries: 4_000_000,
  manifestBytes: 4 * 2 ** 20,
  expansion: 1100,
} as const

/** The limits of an image that is read and not extracted: reading uses no space of this host. */
export const READ_LIMITS: IngestLimits = { ...LIMITS, tarBytes: Number.MAX_SAFE_INTEGER, freeBytes: 0, freeNodes: 0 }

/** The part of a file system that must stay free: 1/20, but at most 4 GiB and 100,000 inodes. */
const FREE_PART = 20
const MAX_FREE = { bytes: 4 * 2 ** 30, nodes: 100_000 }

/** The limits of an image that is extracted below `path`: it must never fill that file system. */
export function extractionLimits(path: string, maxBytes: number = LIMITS.tarBytes): IngestLimits {
  const { bsize, blocks, files } = statfsSync(path)
  return {
    ...LIMITS,
    tarBytes: maxBytes,
    freeBytes: Math.min(Math.floor((blocks * bsize) / FREE_PART), MAX_FREE.bytes),
    freeNodes: Math.min(Math.floor(files / FREE_PART), MAX_FREE.nodes),
  }
}
