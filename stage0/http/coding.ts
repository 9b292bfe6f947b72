import type { IncomingHttpHeaders } from 'node:http'

/** How the bytes of a body were packed on the way, though it was asked for them as they are; undefined where they were not. */
export function contentCoding({ 'content-encoding': field = '' }: IncomingHttpHeaders): string | undefined {
  const coding = field.trim().toLowerCase()
  return coding === '' || coding === 'identity' ? undefined : coding.slice(0, 40)
}

/** Codings that leave nothing of a text as it was. gzip is known by its bytes: some servers name it of files that they send as they are. */
const PACKINGS: readonly string[] = ['br', 'compress', 'deflate', 'zstd']

/** Why a signature or a key cannot be read; undefined where it is not packed. */
export function packedBy(headers: IncomingHttpHeaders, bytes: Uint8Array): string | undefined {
  const coding = contentCoding(headers)
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  if (coding !== undefined && (gzip || PACKINGS.includes(coding))) return sentPacked(coding)
  return gzip ? 'is packed with gzip' : undefined
}

/** What messages say of such a body. */
export const sentPacked = (coding: string): string =>
  `was sent packed (Content-Encoding: ${coding}), which was not asked for`

/** Whether a body comes in a way that HTTP/1.1's own chunks do not undo. */
export function isPackedTransfer({ 'transfer-encoding': field = 'chunked' }: IncomingHttpHeaders): boolean {
  return !['chunked', 'identity'].includes(field.trim().toLowerCase())
}
