/** The store's record of an image: `info.json`. */
export interface ImageInfo {
  readonly contentBytes: number
  readonly diskBytes: number
  readonly importedAt: Date
  readonly source?: string
  /**
   * Absolute image paths of directories that the archive does not name, but that have entries below
   * them.
   */
  readonly impliedDirectories: readonly string[]
}

/** The text of `info.json`; {@link parseInfo} parses it. */
export const formatInfo = (info: ImageInfo): string => `${JSON.stringify(info)}\n`

/** Parses `info.json`. Errors: an Error that names the problem. */
export function parseInfo(text: string): ImageInfo {
  const raw = JSON.parse(text) as Record<string, unknown> | null
  const { contentBytes, diskBytes, importedAt, source, impliedDirectories } = raw ?? {}
  if (!isCount(contentBytes) || !isCount(diskBytes)) throw new Error('info.json: sizes are missing')
  const time = new Date(typeof importedAt === 'string' ? importedAt : '')
  if (Number.isNaN(time.getTime())) throw new Error('info.json: the import time is missing')
  return {
    contentBytes,
    diskBytes,
    importedAt: time,
    ...(typeof source === 'string' && { source }),
    impliedDirectories: Array.isArray(impliedDirectories) ? impliedDirectories.filter(isText) : [],
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isText = (value: unknown): value is string => typeof value === 'string'
