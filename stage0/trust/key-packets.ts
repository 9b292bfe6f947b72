import { BrokenMessage, ByteReader } from './message/bytes.js'
import { nextPacket } from './message/packets.js'
import { oldSignature } from './old-signature.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'

/** More than the most signed keys have. */
const MAX_PACKETS = 10_000

export type KeyPacket = OpenPGP.AnyPacket

/**
 * The packets of a file of keys. openpgp refuses some that others use, or changes what is signed; here they are read as they are:
 * lengths in any form, signatures of version 3, user IDs in other alphabets than UTF-8, keys that name who may revoke them.
 * Errors: those of openpgp and BrokenMessage.
 */
export async function keyPackets(bytes: Uint8Array): Promise<KeyPacket[]> {
  const raw: { readonly tag: number; readonly body: Buffer }[] = []
  const reader = new ByteReader(oneByOne([bytes]))
  for (let next = await nextPacket(reader); next !== null; next = await nextPacket(reader)) {
    raw.push({ tag: next.tag, body: await whole(next.body) })
    if (raw.length > MAX_PACKETS) throw new BrokenMessage(`it has more than ${MAX_PACKETS} packets`)
  }
  const packets: KeyPacket[] = []
  for (const { tag, body } of raw) packets.push(...(await packetsOf(tag, body)))
  return packets
}

async function packetsOf(tag: number, body: Buffer): Promise<readonly KeyPacket[]> {
  const openpgp = await loadOpenPGP()
  if (tag === SIGNATURE_TAG) {
    const signature = (await oldSignature(body)) ?? readDirectly(new openpgp.SignaturePacket(), body)
    if (signature !== null) return [keepRevoker(signature)]
  }
  if (tag === USER_ID_TAG) {
    const userID = readDirectly(new openpgp.UserIDPacket(), body)
    if (userID !== null) return [Object.assign(userID, { write: () => body })]
  }
  const header = Buffer.from([0xc0 | tag, 255, 0, 0, 0, 0])
  header.writeUInt32BE(body.length, 2)
  return await openpgp.PacketList.fromBinary(Buffer.concat([header, body]), allowed(openpgp))
}

const SIGNATURE_TAG = 2
const USER_ID_TAG = 13

/** Keys have these by the thousand, and a list of packets takes a stream for each. Null for what the list shall judge. */
function readDirectly<T extends { read(bytes: Uint8Array): void }>(packet: T, body: Buffer): T | null {
  try {
    packet.read(body)
    return packet
  } catch {
    return null
  }
}

type Allowed = Parameters<typeof OpenPGP.PacketList.fromBinary>[1]

/** What a key consists of. */
const allowed = (openpgp: typeof OpenPGP): Allowed =>
  Object.fromEntries(
    [
      openpgp.PublicKeyPacket,
      openpgp.PublicSubkeyPacket,
      openpgp.SecretKeyPacket,
      openpgp.SecretSubkeyPacket,
      openpgp.UserIDPacket,
      openpgp.UserAttributePacket,
      openpgp.SignaturePacket,
    ].map((kind) => [kind.tag, kind]),
  ) as unknown as Allowed

/** A revocation key is none without this bit (RFC 9580, 5.2.3.23). */
const IS_REVOKER = 0x80

/** openpgp takes no signature for good that says who may revoke its key; who that is remains to be read. */
function keepRevoker(packet: OpenPGP.SignaturePacket): OpenPGP.SignaturePacket {
  if (((packet.revocationKeyClass ?? 0) & IS_REVOKER) === 0) packet.revocationKeyFingerprint = null
  packet.revocationKeyClass = null
  return packet
}

async function whole(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}

// eslint-disable-next-line @typescript-eslint/require-await -- what is there already, for a reader of streams
async function* oneByOne(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* pieces
}
