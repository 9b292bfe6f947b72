import { loadOpenPGP, type OpenPGP } from './openpgp.js'

type Packet = ReturnType<OpenPGP.PublicKey['toPacketList']>[number]
type Signature = OpenPGP.SignaturePacket

/** A part of a key: the key itself, a user ID or a subkey, with the signatures about it. */
interface Part {
  readonly subject: Packet
  readonly signatures: Signature[]
}

/**
 * Merges two copies of one key: the result has the parts and signatures of both. Signatures are not
 * verified and none is dropped, because one that is not valid now may become valid with more data.
 */
export const mergeKeys = (key: OpenPGP.PublicKey, other: OpenPGP.PublicKey): Promise<OpenPGP.PublicKey> =>
  join(key, other, { newParts: true, signatures: () => true })

/**
 * The key with the revocations of another copy (of the key, its subkeys and its user IDs), and with
 * the signatures that name its revokers.
 */
export async function withRevocations(key: OpenPGP.PublicKey, other: OpenPGP.PublicKey): Promise<OpenPGP.PublicKey> {
  const { signature } = (await loadOpenPGP()).enums
  const kinds: readonly unknown[] = [signature.keyRevocation, signature.subkeyRevocation, signature.certRevocation]
  const isAboutRevocation = (one: Signature): boolean =>
    kinds.includes(one.signatureType) || one.revocationKeyFingerprint !== null
  return await join(key, other, { newParts: false, signatures: isAboutRevocation })
}

/** The key with one more signature about the key itself. */
export async function withSignature(key: OpenPGP.PublicKey, signature: Signature): Promise<OpenPGP.PublicKey> {
  const [first, ...parts] = await partsOf(key)
  if (first === undefined) throw new Error('a key without packets')
  return await keyOf([{ ...first, signatures: union(first.signatures, [signature]) }, ...parts])
}

/** Whether two copies of a key have the same bytes. */
export const isSameKey = (key: OpenPGP.PublicKey, other: OpenPGP.PublicKey): boolean =>
  Buffer.compare(key.write(), other.write()) === 0

interface JoinOptions {
  /** Whether to add the parts that only the other copy has. */
  readonly newParts: boolean
  readonly signatures: (one: Signature) => boolean
}

async function join(
  key: OpenPGP.PublicKey,
  other: OpenPGP.PublicKey,
  { newParts, signatures }: JoinOptions,
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

/** The key with these parts; each part's signatures follow it. */
async function keyOf(parts: readonly Part[]): Promise<OpenPGP.PublicKey> {
  const { PacketList, PublicKey } = await loadOpenPGP()
  const list = new PacketList<Packet>()
  list.push(...parts.flatMap(({ subject, signatures }) => [subject, ...signatures]))
  return new PublicKey(list)
}

function union(first: readonly Signature[], more: readonly Signature[]): Signature[] {
  const byContent = new Map([...first, ...more].toReversed().map((one) => [contentOf(one), one]))
  return [...byContent.values()].toReversed()
}

const isEqual = (packet: Packet, other: Packet): boolean =>
  packet.constructor === other.constructor && contentOf(packet) === contentOf(other)

/** A packet's bytes as a string, to compare packets. */
const contentOf = (packet: Packet): string => Buffer.from(packet.write()).toString('latin1')
