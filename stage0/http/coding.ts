import type { IncomingHttpHeaders } from 'node:http'

/** The Content-Encoding of a body (appc requests none); undefined if there is none. */
export function contentCoding({ 'content-encoding': field = '' }: IncomingHttpHeaders): string | undefined {
  const coding = field.trim().toLowerCase()
  return coding === '' || coding === 'identity' ? undefined : coding.slice(0, 40)
}

/**
 * The codings that change a whole text. gzip is recognised by its bytes instead, because some
 * servers name it for files that they send unchanged.
 */
const COMPRESSIONS: readonly string[] = ['br', 'compress', 'deflate', 'zstd']

/** Why a signature or a key cannot be read; undefined if it is not compressed. */
export function compressionProblem(headers: IncomingHttpHeaders, bytes: Uint8Array): string | undefined {
  const coding = contentCoding(headers)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  if (coding !== undefined && (isGzip || COMPRESSIONS.includes(coding))) return codingProblem(coding)
  return isGzip ? 'is packed with gzip' : undefined
}

/** The description in messages of a body that was sent compressed. */
export const codingProblem = (coding: string): string =>
  `was sent packed (Content-Encoding: ${coding}), which was not asked for`

/** Whether a body has a Transfer-Encoding other than chunked, which appc does not decode. */
export function hasTransferCoding({ 'transfer-encoding': field = 'chunked' }: IncomingHttpHeaders): boolean {
  return !['chunked', 'identity'].includes(field.trim().toLowerCase())
}
