import { tagOf } from './message/packets.js'

/** The first line of an armoured message. */
const ARMOUR = '-----BEGIN PGP MESSAGE-----'

/** Minimum number of bytes of that line that identify an armoured message. */
const MIN_ARMOUR_BYTES = '-----BEGIN PGP M'.length

/**
 * Number of bytes from a file's start that {@link isEncrypted} needs: blank lines may precede the
 * armour.
 */
export const DETECTION_BYTES = 256

/**
 * The types of an encrypted message's first packet (RFC 9580, 5): a session key for a public key
 * (1) or a passphrase (3); encrypted content without integrity protection (9), with it (18), and in
 * GnuPG's own format (20).
 */
const ENCRYPTED = new Set([1, 3, 9, 18, 20])

/**
 * Whether a file that begins with `first` ({@link DETECTION_BYTES} are enough) is an encrypted PGP
 * message (A6). No archive begins like one: a tar begins with a name, gzip, bzip2 and zstd with
 * ASCII, xz with the byte fd.
 */
export function isEncrypted(first: Uint8Array): boolean {
  const [byte = 0] = first
  if (byte >= 0x80) return byte !== 0xfd && ENCRYPTED.has(tagOf(byte))
  const text = Buffer.from(first.subarray(0, DETECTION_BYTES)).toString('latin1')
  const line = text.replace(/^[ \t\r\n]*\n/, '').slice(0, ARMOUR.length)
  return line.length >= MIN_ARMOUR_BYTES && ARMOUR.startsWith(line)
}
