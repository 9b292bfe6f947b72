/** One armoured block of a text (RFC 9580, 6.2). */
export interface ArmourBlock {
  /** The kind in its first line: `PUBLIC KEY BLOCK`, `SIGNATURE`. */
  readonly kind: string
  /** Null where the armour is damaged: truncated, or not base64. */
  readonly bytes: Uint8Array | null
}

const BEGIN = /^-----BEGIN PGP ([A-Z ]+)-----$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const CHECKSUM = /^=[A-Za-z0-9+/]{4}$/

/**
 * All armoured blocks of a text; other text around them is ignored. Checksums are not verified: the
 * content of the blocks has its own protection (RFC 9580, 6.1).
 */
export function armourBlocks(text: string): ArmourBlock[] {
  const lines = text.split('\n').map((line) => line.trimEnd())
  const begins = lines.flatMap((line, index) => (BEGIN.test(line) ? [index] : []))
  return begins.map((begin, index) => blockOf(lines.slice(begin, begins[index + 1])))
}

function blockOf([first = '', ...rest]: readonly string[]): ArmourBlock {
  const [, kind = ''] = BEGIN.exec(first) ?? []
  const end = rest.indexOf(`-----END PGP ${kind}-----`)
  const behindHeaders = rest.indexOf('') + 1
  if (end === -1 || behindHeaders === 0 || behindHeaders > end) return { kind, bytes: null }
  const body = rest.slice(behindHeaders, end).filter((line) => line !== '')
  if (CHECKSUM.test(body.at(-1) ?? '')) body.pop()
  const base64 = body.join('')
  return { kind, bytes: BASE64.test(base64) ? Buffer.from(base64, 'base64') : null }
}
