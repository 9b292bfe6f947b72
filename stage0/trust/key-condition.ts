import { RuntimeError } from '#schema/errors.js'
import { aheadNotice, isFromFuture, momentFor } from './clock.js'
import { weaknessOf } from './key-strength.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { identitiesOf, plainMessage } from './read-key.js'
import { type Revocable, revocationOf, unknownRevoker } from './revocation.js'

/** A key and the keys that may revoke it. */
export type KeyWithRevokers = Pick<Revocable, 'key' | 'knownRevokers'>

/** What is wrong with a key. */
export interface Fault {
  readonly state: 'revoked' | 'expired' | 'invalid'
  /** Completes the sentence "key X, which …". */
  readonly why: string
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * The part of `key` with the ID `keyID`, which must be able to sign now; without `keyID` only the
 * primary key is checked, not whether it may sign. Signatures of an expired or revoked key are
 * refused for any date, because the signer chooses the date. Errors: KEY_INVALID, with a message
 * that begins with `subject`.
 */
export async function usableKeyPacket(
  key: OpenPGP.Key,
  keyID: OpenPGP.KeyID | undefined,
  subject: string,
  revokers: readonly OpenPGP.PublicKey[] = [],
): Promise<OpenPGP.AnyKeyPacket> {
  const namedKey = await withoutUserIDRevocations(key)
  const now = momentFor(datesIn(namedKey))
  const fault = (await revokedFault(key, revokers)) ?? (await primaryFault(namedKey, now))
  if (fault !== null) throw keyError(`${subject} ${nameOfKey(key)}`, fault)
  if (keyID === undefined) return key.keyPacket
  const subkey = namedKey.getSubkeys(keyID)[0]
  const keyName = subkey === undefined ? nameOfKey(key) : `subkey ${subkey.getFingerprint()} of ${nameOfKey(key)}`
  const subkeyProblem = subkey === undefined ? null : await subkeyFault(namedKey, subkey, now)
  if (subkeyProblem !== null) throw keyError(`${subject} ${keyName}`, subkeyProblem)
  try {
    return (await namedKey.getSigningKey(keyID, now)).keyPacket
  } catch (cause) {
    throw keyError(`${subject} ${keyName}`, { state: 'invalid', why: 'may not sign', cause })
  }
}

/** A copy of a key, and its part that may sign now. */
export interface UsableKey {
  readonly key: OpenPGP.Key
  readonly signing: OpenPGP.AnyKeyPacket
}

/**
 * The first copy of a key that {@link usableKeyPacket} accepts: one copy may have a later expiry
 * than another. Errors: KEY_INVALID.
 */
export async function firstUsable(
  copies: readonly KeyWithRevokers[],
  keyID: OpenPGP.KeyID,
  subject: string,
): Promise<UsableKey> {
  const [copy, ...others] = copies
  if (copy === undefined) throw new Error('no key is left')
  try {
    return { key: copy.key, signing: await usableKeyPacket(copy.key, keyID, subject, copy.knownRevokers) }
  } catch (error) {
    if (others.length === 0) throw error
    return await firstUsable(others, keyID, subject)
  }
}

/**
 * When the key or its part `keyID` expires, whichever is earlier; in ms since 1970, or Infinity.
 */
export async function expiryOf(key: OpenPGP.Key, keyID: OpenPGP.KeyID): Promise<number> {
  const own = await key.getExpirationTime()
  const part = await key.getSubkeys(keyID)[0]?.getExpirationTime()
  return Math.min(...[own, part ?? Infinity].map((end) => end?.valueOf() ?? 0))
}

/** Warnings for the operator about a good key. */
export function noticesOf(revocable: Revocable, signing: OpenPGP.AnyKeyPacket = revocable.key.keyPacket): string[] {
  const keyName = nameOfKey(revocable.key)
  const created = Math.max(revocable.key.getCreationTime().getTime(), signing.created.getTime())
  const aheadWarning = aheadNotice(keyName, new Date(created))
  const revoker = unknownRevoker(revocable)
  return [
    ...(aheadWarning === null ? [] : [aheadWarning]),
    ...(revoker === undefined
      ? []
      : [`${keyName} bears a revocation by key ${revoker}, which may revoke it but is not known here`]),
  ]
}

/** The fault of each subkey, in order, for listings; null for a good one. */
export async function subkeyFaults(key: OpenPGP.Key): Promise<(Fault | null)[]> {
  const namedKey = await withoutUserIDRevocations(key)
  const now = momentFor(datesIn(namedKey))
  return await Promise.all(namedKey.subkeys.map((subkey) => subkeyFault(namedKey, subkey, now)))
}

/** The fault of a key, for listings; null for a good one. */
export async function faultOf({ key, knownRevokers }: KeyWithRevokers): Promise<Fault | null> {
  const namedKey = await withoutUserIDRevocations(key)
  return (await revokedFault(key, knownRevokers)) ?? (await primaryFault(namedKey, momentFor(datesIn(namedKey))))
}

const keyError = (keyName: string, { why, ...details }: Fault): RuntimeError =>
  new RuntimeError('KEY_INVALID', `${keyName}, which ${why}`, details)

async function revokedFault(key: OpenPGP.Key, revokers: readonly OpenPGP.PublicKey[]): Promise<Fault | null> {
  const revocation = await revocationOf(key, undefined, revokers)
  if (revocation === undefined) return null
  return { state: 'revoked', why: `was revoked${reasonOf(revocation)}`, hint: `appc trust rm ${key.getFingerprint()}` }
}

async function primaryFault(key: OpenPGP.Key, now: Date): Promise<Fault | null> {
  const weakness = await weaknessOf(key.keyPacket)
  if (weakness !== null) return { state: 'invalid', why: weakness }
  const created = key.getCreationTime()
  if (isFromFuture(created)) {
    return { state: 'invalid', why: `is from the future (${formatDay(created)})`, hint: "is this host's clock right?" }
  }
  const expires = await key.getExpirationTime()
  if (expires === null) {
    const why = isNameless(key) ? 'has no user ID' : 'has no good signature of its own owner'
    return { state: 'invalid', why }
  }
  if (expires > now) return null
  const hint = 'where its owner has prolonged it: appc trust it anew'
  return { state: 'expired', why: `expired on ${formatDay(expires)}`, hint }
}

async function subkeyFault(key: OpenPGP.Key, subkey: OpenPGP.Subkey, now: Date): Promise<Fault | null> {
  const weakness = await weaknessOf(subkey.keyPacket)
  if (weakness !== null) return { state: 'invalid', why: weakness }
  const revocation = await revocationOf(key, subkey)
  if (revocation !== undefined) return { state: 'revoked', why: `was revoked${reasonOf(revocation)}` }
  try {
    await subkey.verify(now)
    return null
  } catch (cause) {
    const why = plainMessage(cause)
    if (/expired/.test(why)) return { state: 'expired', why: 'has expired', cause }
    return { state: 'invalid', why: `is not bound to it: ${why}`, cause }
  }
}

const isNameless = (key: OpenPGP.Key): boolean => key.getUserIDs().length === 0

/**
 * The key without the revocations of its user IDs. A key whose user IDs were all revoked stays
 * usable: it is identified by its fingerprint, not by its owner's name. openpgp refuses such a key,
 * but gpg, which makes the signatures, accepts it.
 */
async function withoutUserIDRevocations(key: OpenPGP.Key): Promise<OpenPGP.Key> {
  if (key.isPrivate() || isNameless(key) || key.users.some((user) => user.revocationSignatures.length === 0)) return key
  const { enums, PacketList, PublicKey, SignaturePacket } = await loadOpenPGP()
  const isKept = (packet: unknown): boolean =>
    !(packet instanceof SignaturePacket && packet.signatureType === enums.signature.certRevocation)
  const list = new PacketList<OpenPGP.AnyPacket>()
  list.push(...key.toPacketList().filter(isKept))
  return new PublicKey(list)
}

/** The creation dates of the key's parts and signatures. */
const datesIn = (key: OpenPGP.Key): Date[] =>
  key.toPacketList().flatMap((packet) => ('created' in packet && packet.created instanceof Date ? packet.created : []))

const REASONS: Readonly<Record<number, string>> = {
  1: ': it was replaced by another',
  2: ': it is compromised',
  3: ': it is no longer used',
}

const reasonOf = ({ reasonForRevocationFlag: flag }: OpenPGP.SignaturePacket): string => REASONS[flag ?? 0] ?? ''

/** `key FINGERPRINT (Name <address>)`. */
export function nameOfKey(key: OpenPGP.Key): string {
  const [identity] = identitiesOf(key)
  return `key ${key.getFingerprint()}${identity === undefined ? '' : ` (${identity})`}`
}

/** A date as in messages: `2024-01-31`. */
export const formatDay = (date: Date | number): string => new Date(date).toISOString().slice(0, 10)
