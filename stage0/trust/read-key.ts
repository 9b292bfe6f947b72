import { messageOf, RuntimeError } from '#schema/errors.js'
import { visible } from '#schema/visible.js'
import { armourBlocks } from './armour.js'
import { keyPackets } from './key-packets.js'
import { withSignature } from './merge-keys.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'

/** Maximum size of a key file: valid files are smaller. */
export const MAX_KEY_BYTES = 1 << 20

/** The content of a key file. */
export interface Keyring {
  readonly keys: readonly OpenPGP.PublicKey[]
  /** Revocations of keys that are not in the file. */
  readonly revocations: readonly OpenPGP.SignaturePacket[]
}

/**
 * The public keys and revocations of a file, armoured (several blocks, with text around them) or
 * binary. A revocation belongs to the key that made it, at any position in the file. `subject`
 * names the file in messages. Errors: KEY_INVALID where the file is no public key, also for a
 * secret key, which must not be in a keystore.
 */
export async function readKeyring(bytes: Uint8Array, subject: string): Promise<Keyring> {
  checkSize(bytes, subject)
  const groups: Group[] = []
  for (const block of blocksOf(bytes, subject)) {
    try {
      groups.push(...(await groupsOf(await keyPackets(block))))
    } catch (cause) {
      throw notKey(subject, plainMessage(cause), cause)
    }
  }
  return await keyringOf(groups, subject)
}

/** The public keys of a file, which must contain at least one. Errors: KEY_INVALID. */
export async function readPublicKeys(bytes: Uint8Array, subject: string): Promise<readonly OpenPGP.PublicKey[]> {
  const { keys } = await readKeyring(bytes, subject)
  if (keys.length > 0) return keys
  throw new RuntimeError('KEY_INVALID', `${subject}: a revocation, not a key`)
}

/** The keys of a file, public and secret. Errors: KEY_INVALID. */
export async function readKeys(bytes: Uint8Array, subject: string): Promise<OpenPGP.Key[]> {
  checkSize(bytes, subject)
  const openpgp = await loadOpenPGP()
  const armoured = isText(bytes)
  if (armoured) checkKeyArmour(Buffer.from(bytes).toString('latin1'), subject)
  try {
    return armoured
      ? await openpgp.readKeys({ armoredKeys: Buffer.from(bytes).toString('latin1') })
      : await openpgp.readKeys({ binaryKeys: bytes })
  } catch (cause) {
    throw notKey(subject, plainMessage(cause), cause)
  }
}

/** Whether the bytes are text: every OpenPGP packet begins with a byte that is not ASCII. */
export const isText = (bytes: Uint8Array): boolean => (bytes[0] ?? 0) < 0x80

function checkSize(bytes: Uint8Array, subject: string): void {
  if (bytes.length === 0) throw new RuntimeError('KEY_INVALID', `${subject}: empty, not a key`)
  if (bytes.length > MAX_KEY_BYTES) throw new RuntimeError('KEY_INVALID', `${subject}: too large for a key`)
}

const notKey = (subject: string, why: string, cause?: unknown): RuntimeError =>
  new RuntimeError('KEY_INVALID', `${subject}: not a PGP key: ${why}`, { cause })

const KEYS = /^(?:PUBLIC|PRIVATE) KEY BLOCK$/

/**
 * The packets of a file, by block if it is armoured. Errors: KEY_INVALID for blocks that are no
 * keys.
 */
function blocksOf(bytes: Uint8Array, subject: string): Uint8Array[] {
  if (!isText(bytes)) return [bytes]
  const text = Buffer.from(bytes).toString('latin1')
  const blocks = armourBlocks(text)
  if (blocks.length === 0) checkKeyArmour('', subject)
  return blocks.map(({ kind, bytes: content }) => {
    // a revocation may be in a block of the kind SIGNATURE
    if (content === null || !(KEYS.test(kind) || kind === 'SIGNATURE')) checkKeyArmour(text, subject)
    if (content === null) throw notKey(subject, 'its armour is damaged')
    return content
  })
}

function checkKeyArmour(text: string, subject: string): void {
  const kind = /-----BEGIN PGP ([A-Z ]+)-----/.exec(text)?.[1]
  if (kind !== undefined && KEYS.test(kind)) return
  const problem = kind === undefined ? 'not a PGP key' : `a PGP ${kind.toLowerCase()}, not a key`
  throw new RuntimeError('KEY_INVALID', `${subject}: ${problem}`)
}

/** A key packet and the packets after it, or the signatures before the first key. */
interface Group {
  readonly kind: 'public' | 'secret' | 'alone'
  readonly packets: OpenPGP.AnyPacket[]
}

async function groupsOf(packets: readonly OpenPGP.AnyPacket[]): Promise<Group[]> {
  const { PublicKeyPacket, PublicSubkeyPacket, SecretKeyPacket } = await loadOpenPGP()
  const groups: Group[] = []
  for (const packet of packets) {
    const isKey = packet instanceof PublicKeyPacket && !(packet instanceof PublicSubkeyPacket)
    if (packet instanceof SecretKeyPacket) groups.push({ kind: 'secret', packets: [packet] })
    else if (isKey) groups.push({ kind: 'public', packets: [packet] })
    else if (groups.length === 0) groups.push({ kind: 'alone', packets: [packet] })
    else groups.at(-1)?.packets.push(packet)
  }
  return groups
}

async function keyringOf(groups: readonly Group[], subject: string): Promise<Keyring> {
  const { PacketList, PublicKey } = await loadOpenPGP()
  if (groups.some(({ kind }) => kind === 'secret')) {
    throw new RuntimeError('KEY_INVALID', `${subject}: a secret key; only its public half may be given away`, {
      hint: 'gpg --armor --export KEYID > key.asc',
    })
  }
  const revocations = await revocationsIn(groups, subject)
  const keys: OpenPGP.PublicKey[] = []
  for (const { packets } of groups.filter(({ kind }) => kind === 'public')) {
    const list = new PacketList<OpenPGP.AnyPacket>()
    list.push(...packets)
    let key = new PublicKey(list)
    for (const one of revocations) if (isBy(one, key)) key = await withSignature(key, one)
    keys.push(key)
  }
  const others = revocations.filter((one) => !keys.some((key) => isBy(one, key)))
  if (keys.length === 0 && others.length === 0) throw notKey(subject, 'no key packet found')
  return { keys, revocations: others }
}

const isBy = ({ issuerKeyID }: OpenPGP.SignaturePacket, key: OpenPGP.PublicKey): boolean =>
  issuerKeyID.equals(key.getKeyID())

/**
 * The revocations in the groups. Errors: KEY_INVALID where a signature before any key is no
 * revocation.
 */
async function revocationsIn(groups: readonly Group[], subject: string): Promise<OpenPGP.SignaturePacket[]> {
  const { enums, SignaturePacket } = await loadOpenPGP()
  const isRevocation = (packet: OpenPGP.AnyPacket): packet is OpenPGP.SignaturePacket =>
    packet instanceof SignaturePacket && packet.signatureType === enums.signature.keyRevocation
  const alone = groups.filter(({ kind }) => kind === 'alone').flatMap(({ packets }) => packets)
  if (alone.some((packet) => packet instanceof SignaturePacket && !isRevocation(packet))) {
    throw new RuntimeError('KEY_INVALID', `${subject}: a PGP signature, not a key`, {
      hint: 'gpg --armor --export KEYID > key.asc',
    })
  }
  return groups.flatMap(({ packets }) => packets.filter(isRevocation))
}

/** openpgp's message in a form that fits into our messages. */
export const plainMessage = (error: unknown): string =>
  messageOf(error)
    .replace(/^Error (?:while )?\w+ing: /, '')
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
    .replace(/\.$/, '')

/** A fingerprint in groups of four digits (`ABCD 0123 …`), which people can compare. */
export const groupDigits = (fingerprint: string): string => (fingerprint.toUpperCase().match(/.{4}/g) ?? []).join(' ')

/** The user IDs of a key, each as one line without control characters. */
export const identitiesOf = (key: OpenPGP.Key): string[] => key.getUserIDs().map(visible)
