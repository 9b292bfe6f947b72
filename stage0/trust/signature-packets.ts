import { RuntimeError } from '#schema/errors.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { armourBlocks } from './armour.js'
import { tagOf } from './message/packets.js'
import { isText, plain } from './read-key.js'

/** More than any honest signature file has. */
export const MAX_SIGNATURE_BYTES = 1 << 20

/** Each one of a trusted key costs a reading of the file. */
const MAX_SIGNATURES = 16

const HINT = 'gpg --armor --detach-sign FILE.aci makes one'

/**
 * The signatures in a file of detached signatures, armoured (several blocks, with text around them) or binary (A7). Errors:
 * SIGNATURE_INVALID for anything else, as messages that carry their own text.
 */
export async function readSignatures(bytes: Uint8Array, subject: string): Promise<OpenPGP.SignaturePacket[]> {
  const broken = (what: string, cause?: unknown): RuntimeError =>
    new RuntimeError('SIGNATURE_INVALID', `${subject}: the signature ${what}`, { hint: HINT, cause })
  if (bytes.length === 0) throw broken('is empty')
  const text = isText(bytes) ? Buffer.from(bytes.subarray(0, MAX_SIGNATURE_BYTES)).toString('latin1') : null
  const other = text === null ? otherPacket(bytes) : otherArmour(text)
  if (other !== null) throw broken(other)
  if (bytes.length > MAX_SIGNATURE_BYTES) throw broken('is too large')
  const found: unknown[] = []
  for (const block of text === null ? [bytes] : blocksOf(text)) {
    if (block === null) throw broken('is broken: its armour is damaged')
    try {
      found.push(...(await packetsOf(block)))
    } catch (cause) {
      throw broken(`is broken: ${plain(cause)}`, cause)
    }
  }
  const { SignaturePacket } = await loadOpenPGP()
  const packets = found.filter((packet) => packet instanceof SignaturePacket)
  if (packets.length === 0) throw broken(found.length === 0 ? 'is empty' : 'is of a version that is not supported')
  if (packets.length > MAX_SIGNATURES)
    throw broken(`file holds ${packets.length} signatures, more than ${MAX_SIGNATURES}`)
  return packets
}

async function packetsOf(bytes: Uint8Array): Promise<unknown[]> {
  if (bytes.length === 0) return []
  const { readSignature } = await loadOpenPGP()
  return [...(await readSignature({ binarySignature: bytes })).packets]
}

const blocksOf = (text: string): (Uint8Array | null)[] =>
  armourBlocks(text).flatMap(({ kind, bytes }) => (kind === 'SIGNATURE' ? [bytes] : []))

/** What armoured text is instead of a signature, by its first block; null where it is one. */
function otherArmour(text: string): string | null {
  const what = armourBlocks(text)[0]?.kind
  if (what === 'SIGNATURE') return null
  if (what === undefined) return 'is not a PGP signature'
  if (what === 'SIGNED MESSAGE') return 'is a clear-signed text, not detached'
  if (what === 'MESSAGE') return 'is a message with its own content, not detached'
  return `is a PGP ${what.toLowerCase()}`
}

const SIGNATURE_TAG = 2
const KEY_TAGS = [5, 6, 7, 14]

/** The same for packets (RFC 9580, 4.2). */
function otherPacket(bytes: Uint8Array): string | null {
  const tag = tagOf(bytes[0] ?? 0)
  if (tag === SIGNATURE_TAG) return null
  return KEY_TAGS.includes(tag) ? 'is a PGP key' : 'is a message with its own content, not detached'
}
