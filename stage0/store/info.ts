/** What the store notes about an image beside the image itself: `info.json`. */
export interface ImageInfo {
  readonly contentBytes: number
  readonly diskBytes: number
  readonly importedAt: Date
  readonly source?: string
}

/** The text of `info.json`; {@link parseInfo} reads it. */
export const formatInfo = (info: ImageInfo): string => `${JSON.stringify(info)}\n`

/** Reads `info.json`; throws an Error that says what is wrong with it. */
export function parseInfo(text: string): ImageInfo {
  const raw = JSON.parse(text) as Record<string, unknown> | null
  const { contentBytes, diskBytes, importedAt, source } = raw ?? {}
  if (!isCount(contentBytes) || !isCount(diskBytes)) throw new Error('info.json: sizes are missing')
  const time = new Date(typeof importedAt === 'string' ? importedAt : '')
  if (Number.isNaN(time.getTime())) throw new Error('info.json: the import time is missing')
  return { contentBytes, diskBytes, importedAt: time, ...(typeof source === 'string' && { source }) }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
