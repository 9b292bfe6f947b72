import { ARMOUR } from './message/armour.js'
import { TAG, tagOf } from './message/packets.js'

const ENCRYPTED = new Set<number>([
  TAG.keyForKey,
  TAG.keyForPassphrase,
  TAG.encryptedUnguarded,
  TAG.encrypted,
  TAG.encryptedAEAD,
])

/** Bytes that tell an armoured message from everything else. */
const ENOUGH = '-----BEGIN PGP M'.length

/**
 * Whether a file that begins with `first` (16 bytes are enough) is an encrypted PGP message (A6). No archive begins like one: a tar
 * begins with ASCII, as do gzip, bzip2 and zstd; xz begins with fd.
 */
export function isEncrypted(first: Uint8Array): boolean {
  const [byte = 0] = first
  if (byte >= 0x80) return byte !== 0xfd && ENCRYPTED.has(tagOf(byte))
  return first.length >= ENOUGH && ARMOUR.startsWith(Buffer.from(first.subarray(0, ARMOUR.length)).toString('latin1'))
}
