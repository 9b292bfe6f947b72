import { loadOpenPGP, type OpenPGP } from './openpgp.js'

const VERSION = 3
/** Of what a signature of version 3 signs beside its subject: its type and its date. */
const SIGNED_FIELDS = 5

/** What openpgp takes the digest of, and how it can be told to take another. */
interface Hashing {
  toSign(type: OpenPGP.enums.signature, data: object): Uint8Array
}

/**
 * A signature of version 3 (RFC 9580, 5.2.2), which openpgp does not read, as one it can check: it wears the form of version 4 and
 * keeps its own bytes. Null for what is none. Revocations of old keys are of this version.
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

/** An area of subpackets with one in it. */
const subpackets = (length: number, type: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(0, length + 1, length, type), body])
