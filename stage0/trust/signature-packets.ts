import { RuntimeError } from '#schema/errors.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { armourBlocks } from './armour.js'
import { tagOf } from './message/packets.js'
import { isText, plainMessage } from './read-key.js'

/** Maximum size of a signature file: valid files are smaller. */
export const MAX_SIGNATURE_BYTES = 1 << 20

/** Maximum number of signatures: each by a trusted key costs one read of the file. */
const MAX_SIGNATURES = 16

const HINT = 'gpg --armor --detach-sign FILE.aci makes one'

/**
 * The signatures in a file of detached signatures, armoured (several blocks, with text around them)
 * or binary (A7). Errors: SIGNATURE_INVALID where it is anything else, such as a message with its
 * own content.
 */
export async function readSignatures(bytes: Uint8Array, subject: string): Promise<OpenPGP.SignaturePacket[]> {
  const invalidSignatureError = (problem: string, cause?: unknown): RuntimeError =>
    new RuntimeError('SIGNATURE_INVALID', `${subject}: the signature ${problem}`, { hint: HINT, cause })
  if (bytes.length === 0) throw invalidSignatureError('is empty')
  const text = isText(bytes) ? Buffer.from(bytes.subarray(0, MAX_SIGNATURE_BYTES)).toString('latin1') : null
  const problem = text === null ? packetProblem(bytes) : armourProblem(text)
  if (problem !== null) throw invalidSignatureError(problem)
  if (bytes.length > MAX_SIGNATURE_BYTES) throw invalidSignatureError('is too large')
  const found: unknown[] = []
  for (const block of text === null ? [bytes] : blocksOf(text)) {
    if (block === null) throw invalidSignatureError('is broken: its armour is damaged')
    try {
      found.push(...(await packetsOf(block)))
    } catch (cause) {
      throw invalidSignatureError(`is broken: ${plainMessage(cause)}`, cause)
    }
  }
  const { SignaturePacket } = await loadOpenPGP()
  const packets = found.filter((packet) => packet instanceof SignaturePacket)
  if (packets.length === 0)
    throw invalidSignatureError(found.length === 0 ? 'is empty' : 'is of a version that is not supported')
  if (packets.length > MAX_SIGNATURES)
    throw invalidSignatureError(`file holds ${packets.length} signatures, more than ${MAX_SIGNATURES}`)
  return packets
}

async function packetsOf(bytes: Uint8Array): Promise<unknown[]> {
  if (bytes.length === 0) return []
  const { readSignature } = await loadOpenPGP()
  return [...(await readSignature({ binarySignature: bytes })).packets]
}

const blocksOf = (text: string): (Uint8Array | null)[] =>
  armourBlocks(text).flatMap(({ kind, bytes }) => (kind === 'SIGNATURE' ? [bytes] : []))

/** What armoured text is, by its first block, if it is no signature; null if it is one. */
function armourProblem(text: string): string | null {
  const kind = armourBlocks(text)[0]?.kind
  if (kind === 'SIGNATURE') return null
  if (kind === undefined) return 'is not a PGP signature'
  if (kind === 'SIGNED MESSAGE') return 'is a clear-signed text, not detached'
  if (kind === 'MESSAGE') return 'is a message with its own content, not detached'
  return `is a PGP ${kind.toLowerCase()}`
}

const SIGNATURE_TAG = 2
const KEY_TAGS = [5, 6, 7, 14]

/**
 * What a binary file is, by its first packet (RFC 9580, 4.2), if it is no signature; null if it is
 * one.
 */
function packetProblem(bytes: Uint8Array): string | null {
  const tag = tagOf(bytes[0] ?? 0)
  if (tag === SIGNATURE_TAG) return null
  return KEY_TAGS.includes(tag) ? 'is a PGP key' : 'is a message with its own content, not detached'
}
