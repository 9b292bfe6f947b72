import { loadOpenPGP, type OpenPGP } from './openpgp.js'

const VERSION = 3
/** Number of bytes that a signature of version 3 signs besides its subject: type and date. */
const SIGNED_FIELDS = 5

/** The method of openpgp that returns the bytes to hash. */
interface Hashing {
  toSign(type: OpenPGP.enums.signature, data: object): Uint8Array
}

/**
 * Converts a signature of version 3 (RFC 9580, 5.2.2), which openpgp cannot read, into a version 4
 * packet that openpgp can verify; `write` returns the original bytes. Null for other signatures.
 * Revocations of old keys have this version.
 */
export async function oldSignature(body: Uint8Array): Promise<OpenPGP.SignaturePacket | null> {
  if (body[0] !== VERSION || body[1] !== SIGNED_FIELDS || body.length < 19) return null
  const bytes = Buffer.from(body)
  const [type, date, keyID] = [bytes.subarray(2, 3), bytes.subarray(3, 7), bytes.subarray(7, 15)]
  const [algorithms, rest] = [bytes.subarray(15, 17), bytes.subarray(17)]
  const { SignaturePacket } = await loadOpenPGP()
  const packet = new SignaturePacket()
  packet.read(Buffer.concat([Buffer.of(4), type, algorithms, subpackets(5, 2, date), subpackets(9, 16, keyID), rest]))
  const hashing = packet as unknown as Hashing
  return Object.assign(packet, {
    toHash: (signatureType: OpenPGP.enums.signature, data: object) =>
      Buffer.concat([hashing.toSign(signatureType, data), type, date]),
    write: () => bytes,
  })
}

/** A subpacket area with one subpacket. */
const subpackets = (length: number, type: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(0, length + 1, length, type), body])
