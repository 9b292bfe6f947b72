import { loadOpenPGP, type OpenPGP } from './openpgp.js'

type Packet = ReturnType<OpenPGP.PublicKey['toPacketList']>[number]
type Signature = OpenPGP.SignaturePacket

/** A part of a key: the key itself, a user ID or a subkey, with the signatures about it. */
interface Part {
  readonly subject: Packet
  readonly signatures: Signature[]
}

/**
 * Two copies of one key as one that has the parts and signatures of both. Nothing is judged and nothing is left out: what does not
 * hold now may hold once more is known.
 */
export const merged = (key: OpenPGP.PublicKey, other: OpenPGP.PublicKey): Promise<OpenPGP.PublicKey> =>
  join(key, other, { newParts: true, signatures: () => true })

/** The key with the revocations another copy knows: of the key itself, of its subkeys and user IDs; and with who may revoke it. */
export async function withRevocations(key: OpenPGP.PublicKey, other: OpenPGP.PublicKey): Promise<OpenPGP.PublicKey> {
  const { signature } = (await loadOpenPGP()).enums
  const kinds: readonly unknown[] = [signature.keyRevocation, signature.subkeyRevocation, signature.certRevocation]
  const tells = (one: Signature): boolean => kinds.includes(one.signatureType) || one.revocationKeyFingerprint !== null
  return await join(key, other, { newParts: false, signatures: tells })
}

/** The key with one more signature about the key itself. */
export async function withSignature(key: OpenPGP.PublicKey, signature: Signature): Promise<OpenPGP.PublicKey> {
  const [first, ...parts] = await partsOf(key)
  if (first === undefined) throw new Error('a key without packets')
  return await keyOf([{ ...first, signatures: union(first.signatures, [signature]) }, ...parts])
}

/** Whether two copies of a key say the same. */
export const isSame = (key: OpenPGP.PublicKey, other: OpenPGP.PublicKey): boolean =>
  Buffer.compare(key.write(), other.write()) === 0

interface Choice {
  /** Parts that only the other copy has come along. */
  readonly newParts: boolean
  readonly signatures: (one: Signature) => boolean
}

async function join(
  key: OpenPGP.PublicKey,
  other: OpenPGP.PublicKey,
  { newParts, signatures }: Choice,
): Promise<OpenPGP.PublicKey> {
  const own = await partsOf(key)
  const others = await partsOf(other)
  const parts = own.map((part) => {
    const same = others.filter(({ subject }) => isEqual(subject, part.subject))
    return {
      ...part,
      signatures: union(
        part.signatures,
        same.flatMap((one) => one.signatures.filter(signatures)),
      ),
    }
  })
  const more = others.filter(({ subject }) => !own.some((part) => isEqual(part.subject, subject)))
  return await keyOf([...parts, ...(newParts ? more : [])])
}

async function partsOf(key: OpenPGP.PublicKey): Promise<Part[]> {
  const { SignaturePacket } = await loadOpenPGP()
  const parts: Part[] = []
  for (const packet of key.toPacketList()) {
    if (packet instanceof SignaturePacket) parts.at(-1)?.signatures.push(packet)
    else parts.push({ subject: packet, signatures: [] })
  }
  return parts
}

/** In whatever order the parts are: what belongs together is together. */
async function keyOf(parts: readonly Part[]): Promise<OpenPGP.PublicKey> {
  const { PacketList, PublicKey } = await loadOpenPGP()
  const list = new PacketList<Packet>()
  list.push(...parts.flatMap(({ subject, signatures }) => [subject, ...signatures]))
  return new PublicKey(list)
}

function union(some: readonly Signature[], more: readonly Signature[]): Signature[] {
  const bySaying = new Map([...some, ...more].toReversed().map((one) => [saying(one), one]))
  return [...bySaying.values()].toReversed()
}

const isEqual = (packet: Packet, other: Packet): boolean =>
  packet.constructor === other.constructor && saying(packet) === saying(other)

/** A packet as a text that tells it from others. */
const saying = (packet: Packet): string => Buffer.from(packet.write()).toString('latin1')
