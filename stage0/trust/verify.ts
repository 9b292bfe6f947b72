import type { Growth } from '#native'
import { RuntimeError } from '#schema/errors.js'
import type { SignedBy } from '#schema/provenance.js'
import { aheadNotice, isFromFuture } from './clock.js'
import { DIGEST_BITS, DIGESTS, digestOf } from './digest.js'
import { day, endOf, firstUsable, nameOfKey, noticesOf as noticesOfKey } from './key-condition.js'
import { leadsTo } from './key-files.js'
import { digestBitsFor } from './key-strength.js'
import type { Keystore } from './keystore.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { plain } from './read-key.js'
import { readSignatures } from './signature-packets.js'
import { type KnownKey, knownKeys, type Signer, type Wanted } from './signer.js'

export type { Signer, Wanted } from './signer.js'

/** The file a signature is about; `imageName`, where it is known, the key must be trusted for. */
export interface SignedFile extends Wanted {
  readonly path: string
  /** Of a file that still comes. */
  readonly growth?: Growth
  /** Takes what the operator should know of a good signature. */
  readonly warn?: (message: string) => void
}

/**
 * Checks a detached signature, armoured or binary, of a file, which is read as a stream (A7). Of several signatures one good one
 * is enough; where none is, the refusal is about the one that came nearest. Without `imageName` any trusted key will do, and the
 * caller asks {@link Signer.check} when it knows the name. Errors: SIGNATURE_INVALID (broken, weak, expired, of other bytes),
 * KEY_UNTRUSTED (no key, or one for other images), KEY_INVALID (expired, revoked, weak), FILE_UNREADABLE.
 */
export async function verifySignature(
  keystore: Keystore,
  file: SignedFile,
  signature: Uint8Array,
): Promise<VerifiedSigner> {
  const { known, candidate } = await firstGood(keystore, file, signature, (one) => checkBytes(file, one))
  for (const notice of noticesOf(known, candidate)) file.warn?.(notice)
  return { ...known.signer, signedBy: await signedBy(known, candidate) }
}

/** The maker of a good signature. */
export interface VerifiedSigner extends Signer {
  /** What the store is to record. */
  readonly signedBy: SignedBy
}

async function signedBy({ copies, signer }: KnownKey, { packet, key }: Candidate): Promise<SignedBy> {
  const { fingerprint, identity } = signer
  const [first] = copies
  const keyID = packet.issuerKeyID
  const endsAt = packet.getExpirationTime().valueOf()
  const keyEndsAt = await endOf(key, keyID)
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

/** What the operator should know of a good signature. */
function noticesOf({ copies }: KnownKey, { packet, signing, subject }: Candidate): string[] {
  const ahead = aheadNotice(subject, packet.created ?? new Date(0))
  const [first] = copies
  return [...(ahead === null ? [] : [ahead]), ...(first === undefined ? [] : noticesOfKey(first, signing))]
}

/**
 * What can be said of a signature before the file it is about is there: its maker, or the refusal {@link verifySignature} would come
 * to in any case. Errors: the same, but for those about bytes.
 */
export async function identifySigner(keystore: Keystore, wanted: Wanted, signature: Uint8Array): Promise<Signer> {
  return (await firstGood(keystore, wanted, signature, () => Promise.resolve())).known.signer
}

/** A signature whose maker is known and may sign now. */
interface Candidate {
  readonly packet: OpenPGP.SignaturePacket
  readonly key: OpenPGP.Key
  /** The part of the key that signed. */
  readonly signing: OpenPGP.AnyKeyPacket
  /** The beginning of messages about the signature. */
  readonly subject: string
}

type Check = (candidate: Candidate) => Promise<void>

interface Good {
  readonly known: KnownKey
  readonly candidate: Candidate
}

async function firstGood(keystore: Keystore, wanted: Wanted, signature: Uint8Array, check: Check): Promise<Good> {
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
  for (const packet of await readSignatures(signature, wanted.subject)) {
    const known = await attempt(async () => {
      await checkKind(packet, wanted.subject)
      return await knownKeys(keystore, packet, wanted)
    })
    for (const one of known ?? []) {
      const good = await attempt(async (): Promise<Good> => {
        const made = await candidate(packet, one, wanted)
        await check(made)
        return { known: one, candidate: made }
      })
      if (good !== undefined) return good
    }
  }
  throw refusals.find(({ code }) => code !== 'KEY_UNTRUSTED') ?? refusals[0] ?? new Error('no signature was looked at')
}

/** Errors: SIGNATURE_INVALID for what is no signature of a file's bytes, or one nobody should rely on. */
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

/** The condition of the key and the dates of the signature. Errors: KEY_INVALID, SIGNATURE_INVALID. */
async function candidate(packet: OpenPGP.SignaturePacket, known: KnownKey, wanted: Wanted): Promise<Candidate> {
  const { copies, signer } = known
  const by = `${wanted.subject}: signed by`
  const trusted = copies.filter(({ prefix }) => wanted.imageName === undefined || leadsTo(prefix, wanted.imageName))
  const [first] = trusted
  if (first === undefined) throw new Error(`${signer.fingerprint}: not trusted after all`)
  const { key, signing } = await firstUsable(trusted, packet.issuerKeyID, by)
  const subject = `${wanted.subject}: the signature by ${nameOfKey(first.key)}`
  checkFit(packet, signing, subject)
  checkDates(packet, signing, subject)
  return { packet, key, signing, subject }
}

/** Errors: SIGNATURE_INVALID for a form of signature that keys of this kind do not make. */
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
  const made = packet.created ?? new Date(0)
  if (isFromFuture(made)) throw refuse(`is from the future (${made.toISOString()})`, "is this host's clock right?")
  if (made < signing.created) throw refuse('is older than its key')
  const ends = packet.getExpirationTime()
  if (ends <= now) throw refuse(`expired on ${day(ends.valueOf())}`)
}

/** Errors: SIGNATURE_INVALID unless `packet` is a good signature by `signing` over the bytes of `file`. */
async function checkBytes(file: SignedFile, { packet, signing, subject }: Candidate): Promise<void> {
  const { enums } = await loadOpenPGP()
  // openpgp takes the digest instead of the bytes, as it does where it meets a message before its signature
  Object.assign(packet, { hashed: await digestOf(file, packet) })
  try {
    await packet.verify(signing, enums.signature.binary, NO_BYTES, DATES_ARE_CHECKED, true)
  } catch (cause) {
    const why = plain(cause)
    const what = OTHER_BYTES.test(why) ? 'is of other bytes' : `does not hold: ${why}`
    throw new RuntimeError('SIGNATURE_INVALID', `${subject} ${what}`, { cause })
  }
}

const OTHER_BYTES = /digest did not match|verification failed/i

/** openpgp looks at no date then. */
const DATES_ARE_CHECKED = null as unknown as Date

/** In the place of the signed data, which nobody may ask for. */
const NO_BYTES = Object.freeze({})
