import { BrokenMessage, ByteReader } from './message/bytes.js'
import { nextPacket } from './message/packets.js'
import { oldSignature } from './old-signature.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'

/** Maximum number of packets: even keys with very many signatures have fewer. */
const MAX_PACKETS = 10_000

export type KeyPacket = OpenPGP.AnyPacket

/**
 * The packets of a key file. openpgp refuses some packets that other programs use, or changes the
 * signed bytes; this function keeps them unchanged: lengths in any form, signatures of version 3,
 * user IDs in other encodings than UTF-8, keys that name their revokers. Errors: BrokenMessage;
 * those of openpgp.
 */
export async function keyPackets(bytes: Uint8Array): Promise<KeyPacket[]> {
  const raw: { readonly tag: number; readonly body: Buffer }[] = []
  const reader = new ByteReader(streamOf([bytes]))
  for (let next = await nextPacket(reader); next !== null; next = await nextPacket(reader)) {
    raw.push({ tag: next.tag, body: await readBody(next.body) })
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
    if (signature !== null) return [normaliseRevoker(signature)]
  }
  if (tag === USER_ID_TAG) {
    const userID = readDirectly(new openpgp.UserIDPacket(), body)
    if (userID !== null) return [Object.assign(userID, { write: () => body })]
  }
  const header = Buffer.from([0xc0 | tag, 255, 0, 0, 0, 0])
  header.writeUInt32BE(body.length, 2)
  return await openpgp.PacketList.fromBinary(Buffer.concat([header, body]), allowedPackets(openpgp))
}

const SIGNATURE_TAG = 2
const USER_ID_TAG = 13

/**
 * Reads a packet without PacketList, which needs a stream for each packet: keys may have thousands
 * of them. Null where reading fails; then PacketList decides.
 */
function readDirectly<T extends { read(bytes: Uint8Array): void }>(packet: T, body: Buffer): T | null {
  try {
    packet.read(body)
    return packet
  } catch {
    return null
  }
}

type AllowedPackets = Parameters<typeof OpenPGP.PacketList.fromBinary>[1]

/** The packet types that a key may consist of. */
const allowedPackets = (openpgp: typeof OpenPGP): AllowedPackets =>
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
  ) as unknown as AllowedPackets

/** The class bit that every revocation key must have (RFC 9580, 5.2.3.23). */
const IS_REVOKER = 0x80

/**
 * Clears the revocation key class, because openpgp refuses signatures that have one; keeps the
 * fingerprint.
 */
function normaliseRevoker(packet: OpenPGP.SignaturePacket): OpenPGP.SignaturePacket {
  if (((packet.revocationKeyClass ?? 0) & IS_REVOKER) === 0) packet.revocationKeyFingerprint = null
  packet.revocationKeyClass = null
  return packet
}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of bytes that are in memory
async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* pieces
}
