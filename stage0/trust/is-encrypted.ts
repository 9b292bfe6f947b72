import { tagOf } from './message/packets.js'

/** The first line of an armoured message. */
const ARMOUR = '-----BEGIN PGP MESSAGE-----'

/** Bytes of it that tell an armoured message from everything else. */
const ENOUGH = '-----BEGIN PGP M'.length

/** How many bytes of a file tell what it is: blank lines may stand before the armour. */
export const TELLING_BYTES = 256

/**
 * The packet types an encrypted message begins with (RFC 9580, 5): a session key for a key or for a passphrase, and content that is
 * encrypted without a guard, with one, and in GnuPG's own way.
 */
const ENCRYPTED = new Set([1, 3, 9, 18, 20])

/**
 * Whether a file that begins with `first` ({@link TELLING_BYTES} are enough) is an encrypted PGP message (A6). No archive begins like one: a tar
 * begins with a name, gzip, bzip2 and zstd with ASCII, xz with fd.
 */
export function isEncrypted(first: Uint8Array): boolean {
  const [byte = 0] = first
  if (byte >= 0x80) return byte !== 0xfd && ENCRYPTED.has(tagOf(byte))
  const text = Buffer.from(first.subarray(0, TELLING_BYTES)).toString('latin1')
  const line = text.replace(/^[ \t\r\n]*\n/, '').slice(0, ARMOUR.length)
  return line.length >= ENOUGH && ARMOUR.startsWith(line)
}
