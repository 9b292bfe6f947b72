import type { Growth } from '#native'
import { RuntimeError } from '#schema/errors.js'
import type { SignedBy } from '#schema/provenance.js'
import { aheadNotice, isFromFuture } from './clock.js'
import { DIGEST_BITS, DIGESTS, digestOf } from './digest.js'
import { formatDay, expiryOf, firstUsable, nameOfKey, noticesOf as noticesOfKey } from './key-condition.js'
import { coversName } from './key-files.js'
import { digestBitsFor } from './key-strength.js'
import type { Keystore } from './keystore.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { plainMessage } from './read-key.js'
import { readSignatures } from './signature-packets.js'
import { type KnownKey, knownKeys, type Signer, type SignatureSubject } from './signer.js'

export type { Signer, SignatureSubject } from './signer.js'

/** The signed file; if `imageName` is known, the key must be trusted for it. */
export interface SignedFile extends SignatureSubject {
  readonly path: string
  /** Set for a file that is still being downloaded. */
  readonly growth?: Growth
  /** Called with warnings for the operator about a good signature. */
  readonly warn?: (message: string) => void
}

/**
 * Verifies a detached signature, armoured or binary, of a file, which is read as a stream (A7). Of
 * several signatures, one good one is enough; if none is good, the error is about the one that came
 * nearest. Without `imageName` any trusted key is accepted, and the caller calls
 * {@link Signer.check} when it knows the name. Errors: SIGNATURE_INVALID (broken, weak, expired, of
 * other bytes), KEY_UNTRUSTED (no key, or one for other images), KEY_INVALID (expired, revoked,
 * weak), FILE_UNREADABLE.
 */
export async function verifySignature(
  keystore: Keystore,
  file: SignedFile,
  signature: Uint8Array,
): Promise<VerifiedSigner> {
  const { known, candidate } = await firstGood(keystore, file, signature, (candidate) => checkBytes(file, candidate))
  for (const notice of noticesOf(known, candidate)) file.warn?.(notice)
  return { ...known.signer, signedBy: await signedBy(known, candidate) }
}

/** The signer of a good signature. */
export interface VerifiedSigner extends Signer {
  /** The record for the store. */
  readonly signedBy: SignedBy
}

async function signedBy({ copies, signer }: KnownKey, { packet, key }: Candidate): Promise<SignedBy> {
  const { fingerprint, identity } = signer
  const [first] = copies
  const keyID = packet.issuerKeyID
  const endsAt = packet.getExpirationTime().valueOf()
  const keyEndsAt = await expiryOf(key, keyID)
  return {
    fingerprint,
    identity,
    keyID: keyID.toHex(),
    verifiedAt: Date.now(),
    ...(endsAt !== Infinity && { endsAt }),
    ...(keyEndsAt !== Infinity && { keyEndsAt }),
    ...(first !== undefined && first.revokers.length > 0 && { revokers: first.revokers }),
    keyFiles: first?.digest ?? '',
  }
}

/** Warnings for the operator about a good signature. */
function noticesOf({ copies }: KnownKey, { packet, signing, subject }: Candidate): string[] {
  const aheadWarning = aheadNotice(subject, packet.created ?? new Date(0))
  const [first] = copies
  return [
    ...(aheadWarning === null ? [] : [aheadWarning]),
    ...(first === undefined ? [] : noticesOfKey(first, signing)),
  ]
}

/**
 * Checks a signature before its file is available, and returns its signer. Errors: those of
 * {@link verifySignature} that do not depend on the file's bytes.
 */
export async function identifySigner(
  keystore: Keystore,
  target: SignatureSubject,
  signature: Uint8Array,
): Promise<Signer> {
  return (await firstGood(keystore, target, signature, () => Promise.resolve())).known.signer
}

/** A signature whose signer is known and may sign now. */
interface Candidate {
  readonly packet: OpenPGP.SignaturePacket
  readonly key: OpenPGP.Key
  /** The part of the key that signed. */
  readonly signing: OpenPGP.AnyKeyPacket
  /** The beginning of messages about the signature. */
  readonly subject: string
}

type Check = (candidate: Candidate) => Promise<void>

interface GoodSignature {
  readonly known: KnownKey
  readonly candidate: Candidate
}

async function firstGood(
  keystore: Keystore,
  target: SignatureSubject,
  signature: Uint8Array,
  check: Check,
): Promise<GoodSignature> {
  const refusals: RuntimeError[] = []
  const attempt = async <T>(step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code === 'FILE_UNREADABLE') throw error
      refusals.push(error)
      return undefined
    }
  }
  for (const packet of await readSignatures(signature, target.subject)) {
    const known = await attempt(async () => {
      await checkKind(packet, target.subject)
      return await knownKeys(keystore, packet, target)
    })
    for (const knownKey of known ?? []) {
      const good = await attempt(async (): Promise<GoodSignature> => {
        const made = await candidateOf(packet, knownKey, target)
        await check(made)
        return { known: knownKey, candidate: made }
      })
      if (good !== undefined) return good
    }
  }
  throw refusals.find(({ code }) => code !== 'KEY_UNTRUSTED') ?? refusals[0] ?? new Error('no signature was looked at')
}

/**
 * Errors: SIGNATURE_INVALID where it is no signature of a file's bytes, or is too weak or not
 * supported.
 */
async function checkKind(packet: OpenPGP.SignaturePacket, subject: string): Promise<void> {
  const { enums } = await loadOpenPGP()
  const refuse = (why: string, hint?: string): RuntimeError =>
    new RuntimeError('SIGNATURE_INVALID', `${subject}: the signature ${why}`, hint === undefined ? {} : { hint })
  if (packet.signatureType === enums.signature.text) {
    throw refuse("is of a text, not of a file's bytes", 'gpg --armor --detach-sign FILE.aci makes one that is')
  }
  if (packet.signatureType !== enums.signature.binary) throw refuse('is not of a file')
  if (packet.version !== 4 && packet.version !== 6)
    throw refuse(`is of version ${packet.version}, which is not supported`)
  if (!DIGESTS.has(packet.hashAlgorithm ?? -1)) {
    throw refuse(
      `uses ${hashName(enums, packet.hashAlgorithm)}, which is too weak`,
      'gpg --digest-algo=SHA512 makes a good one',
    )
  }
}

const hashName = ({ hash }: typeof OpenPGP.enums, algorithm: number | null): string =>
  Object.entries(hash)
    .find(([, value]) => value === algorithm)?.[0]
    .toUpperCase() ?? `digest ${algorithm ?? 'none'}`

/** Checks the key and the dates of the signature. Errors: KEY_INVALID, SIGNATURE_INVALID. */
async function candidateOf(
  packet: OpenPGP.SignaturePacket,
  known: KnownKey,
  target: SignatureSubject,
): Promise<Candidate> {
  const { copies, signer } = known
  const by = `${target.subject}: signed by`
  const trusted = copies.filter(({ prefix }) => target.imageName === undefined || coversName(prefix, target.imageName))
  const [first] = trusted
  if (first === undefined) throw new Error(`${signer.fingerprint}: not trusted after all`)
  const { key, signing } = await firstUsable(trusted, packet.issuerKeyID, by)
  const subject = `${target.subject}: the signature by ${nameOfKey(first.key)}`
  checkFit(packet, signing, subject)
  checkDates(packet, signing, subject)
  return { packet, key, signing, subject }
}

/** Errors: SIGNATURE_INVALID where keys of this kind do not make such a signature. */
function checkFit(packet: OpenPGP.SignaturePacket, signing: OpenPGP.AnyKeyPacket, subject: string): void {
  const refuse = (why: string, hint?: string): RuntimeError =>
    new RuntimeError('SIGNATURE_INVALID', `${subject} ${why}`, hint === undefined ? {} : { hint })
  if (packet.version !== signing.version) {
    throw refuse(`is of version ${packet.version}, its key of version ${signing.version}`)
  }
  const [needed, digest] = [digestBitsFor(signing), packet.hashAlgorithm ?? -1]
  if ((DIGEST_BITS.get(digest) ?? 0) < needed) {
    throw refuse(
      `uses ${(DIGESTS.get(digest) ?? '').toUpperCase()}, which is too short for its key: it takes ${needed} bits`,
      'gpg --digest-algo=SHA512 makes a good one',
    )
  }
}

function checkDates(packet: OpenPGP.SignaturePacket, signing: OpenPGP.AnyKeyPacket, subject: string): void {
  const refuse = (why: string, hint?: string): RuntimeError =>
    new RuntimeError('SIGNATURE_INVALID', `${subject} ${why}`, hint === undefined ? {} : { hint })
  const now = new Date()
  const created = packet.created ?? new Date(0)
  if (isFromFuture(created))
    throw refuse(`is from the future (${created.toISOString()})`, "is this host's clock right?")
  if (created < signing.created) throw refuse('is older than its key')
  const ends = packet.getExpirationTime()
  if (ends <= now) throw refuse(`expired on ${formatDay(ends.valueOf())}`)
}

/**
 * Errors: SIGNATURE_INVALID where `packet` is no good signature by `signing` over the bytes of
 * `file`.
 */
async function checkBytes(file: SignedFile, { packet, signing, subject }: Candidate): Promise<void> {
  const { enums } = await loadOpenPGP()
  // with `hashed` set, openpgp uses the digest instead of the bytes, as for one-pass signatures
  Object.assign(packet, { hashed: await digestOf(file, packet) })
  try {
    await packet.verify(signing, enums.signature.binary, NO_BYTES, DATES_ARE_CHECKED, true)
  } catch (cause) {
    const why = plainMessage(cause)
    const problem = OTHER_BYTES.test(why) ? 'is of other bytes' : `does not hold: ${why}`
    throw new RuntimeError('SIGNATURE_INVALID', `${subject} ${problem}`, { cause })
  }
}

const OTHER_BYTES = /digest did not match|verification failed/i

/** With null, openpgp checks no date. */
const DATES_ARE_CHECKED = null as unknown as Date

/** A placeholder for the signed data, which openpgp does not read. */
const NO_BYTES = Object.freeze({})
