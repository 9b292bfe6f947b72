/** The kinds of file that `validate` detects; null where the first bytes match no kind. */
export type FileKind = 'appimage' | 'manifest' | null

/** The number of bytes that {@link kindOf} needs. */
export const SNIFF_BYTES = 512

/**
 * The offset and signature of each compression format. zstd is our addition to those of the
 * specification (A5).
 */
const IMAGE_SIGNATURES: readonly (readonly [offset: number, signature: Buffer])[] = [
  [0, Buffer.from('1f8b', 'hex')],
  [0, Buffer.from('BZh')],
  [0, Buffer.from('fd377a585a00', 'hex')],
  [0, Buffer.from('28b52ffd', 'hex')],
  [257, Buffer.from('ustar')],
]

/**
 * Control characters that no text contains: all but tab, line feed, form feed, carriage return and
 * escape.
 */
const isBinary = (byte: number): boolean => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte)

/** The beginnings of other text formats, which are not manifests. */
const OTHER_FORMAT =
  /^\s*<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--|\?xml)[ >]|^%PDF-|^%!PS-Adobe-/i

/** Detects the kind of a file from its first {@link SNIFF_BYTES} bytes, as actool does (V2). */
export function kindOf(head: Buffer): FileKind {
  const isImage = IMAGE_SIGNATURES.some(([offset, signature]) =>
    head.subarray(offset, offset + signature.length).equals(signature),
  )
  if (isImage) return 'appimage'
  const text = head.toString('latin1')
  const isUTF16 = text.startsWith('\xff\xfe') || text.startsWith('\xfe\xff')
  return isUTF16 || head.some(isBinary) || OTHER_FORMAT.test(text) ? null : 'manifest'
}
