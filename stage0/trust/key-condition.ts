import { RuntimeError } from '#schema/errors.js'
import { aheadNotice, isFromFuture, momentFor } from './clock.js'
import { weaknessOf } from './key-strength.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { identitiesOf, plain } from './read-key.js'
import { type Revocable, revocationOf, unknownRevoker } from './revocation.js'

/** A key and what else is needed to judge it. */
export type Judged = Pick<Revocable, 'key' | 'knownRevokers'>

/** What is wrong with a key. */
export interface Fault {
  readonly state: 'revoked' | 'expired' | 'invalid'
  /** Behind "key X, which". */
  readonly why: string
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * The part of `key` with the ID `keyID` that may sign now; without `keyID` the key itself is looked at, whatever it may do. An
 * expired or revoked key signs nothing, whatever date its signature bears: the date is what its maker wrote.
 * Errors: KEY_INVALID, the message beginning with `subject`.
 */
export async function usable(
  key: OpenPGP.Key,
  keyID: OpenPGP.KeyID | undefined,
  subject: string,
  revokers: readonly OpenPGP.PublicKey[] = [],
): Promise<OpenPGP.AnyKeyPacket> {
  const known = await asIfItsOwnerHasAName(key)
  const now = momentFor(datesIn(known))
  const fault = (await revokedFault(key, revokers)) ?? (await primaryFault(known, now))
  if (fault !== null) throw refusal(`${subject} ${nameOfKey(key)}`, fault)
  if (keyID === undefined) return key.keyPacket
  const subkey = known.getSubkeys(keyID)[0]
  const which = subkey === undefined ? nameOfKey(key) : `subkey ${subkey.getFingerprint()} of ${nameOfKey(key)}`
  const worse = subkey === undefined ? null : await subkeyFault(known, subkey, now)
  if (worse !== null) throw refusal(`${subject} ${which}`, worse)
  try {
    return (await known.getSigningKey(keyID, now)).keyPacket
  } catch (cause) {
    throw refusal(`${subject} ${which}`, { state: 'invalid', why: 'may not sign', cause })
  }
}

/** A copy of a key, and the part of it that may sign now. */
export interface Usable {
  readonly key: OpenPGP.Key
  readonly signing: OpenPGP.AnyKeyPacket
}

/** The first of the copies of one key with which {@link usable} agrees: one may know of a prolongation another does not. Errors: KEY_INVALID. */
export async function firstUsable(copies: readonly Judged[], keyID: OpenPGP.KeyID, by: string): Promise<Usable> {
  const [copy, ...others] = copies
  if (copy === undefined) throw new Error('no key is left')
  try {
    return { key: copy.key, signing: await usable(copy.key, keyID, by, copy.knownRevokers) }
  } catch (error) {
    if (others.length === 0) throw error
    return await firstUsable(others, keyID, by)
  }
}

/** When the key, or the part of it with that ID, expires; milliseconds since 1970. */
export async function endOf(key: OpenPGP.Key, keyID: OpenPGP.KeyID): Promise<number> {
  const own = await key.getExpirationTime()
  const part = await key.getSubkeys(keyID)[0]?.getExpirationTime()
  return Math.min(...[own, part ?? Infinity].map((end) => end?.valueOf() ?? 0))
}

/** What the operator should know of a good key. */
export function noticesOf(revocable: Revocable, signing: OpenPGP.AnyKeyPacket = revocable.key.keyPacket): string[] {
  const which = nameOfKey(revocable.key)
  const created = Math.max(revocable.key.getCreationTime().getTime(), signing.created.getTime())
  const ahead = aheadNotice(which, new Date(created))
  const revoker = unknownRevoker(revocable)
  return [
    ...(ahead === null ? [] : [ahead]),
    ...(revoker === undefined
      ? []
      : [`${which} bears a revocation by key ${revoker}, which may revoke it but is not known here`]),
  ]
}

/** What is wrong with each subkey, in their order, for listings. */
export async function subkeyFaults(key: OpenPGP.Key): Promise<(Fault | null)[]> {
  const known = await asIfItsOwnerHasAName(key)
  const now = momentFor(datesIn(known))
  return await Promise.all(known.subkeys.map((subkey) => subkeyFault(known, subkey, now)))
}

/** What is wrong with a key, for listings; null for a good one. */
export async function faultOf({ key, knownRevokers }: Judged): Promise<Fault | null> {
  const known = await asIfItsOwnerHasAName(key)
  return (await revokedFault(key, knownRevokers)) ?? (await primaryFault(known, momentFor(datesIn(known))))
}

const refusal = (which: string, { why, ...details }: Fault): RuntimeError =>
  new RuntimeError('KEY_INVALID', `${which}, which ${why}`, details)

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
    return { state: 'invalid', why: `is from the future (${day(created)})`, hint: "is this host's clock right?" }
  }
  const expires = await key.getExpirationTime()
  if (expires === null) {
    const why = isNameless(key) ? 'has no user ID' : 'has no good signature of its own owner'
    return { state: 'invalid', why }
  }
  if (expires > now) return null
  const hint = 'where its owner has prolonged it: appc trust it anew'
  return { state: 'expired', why: `expired on ${day(expires)}`, hint }
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
    const why = plain(cause)
    if (/expired/.test(why)) return { state: 'expired', why: 'has expired', cause }
    return { state: 'invalid', why: `is not bound to it: ${why}`, cause }
  }
}

const isNameless = (key: OpenPGP.Key): boolean => key.getUserIDs().length === 0

/**
 * A key whose user IDs were all revoked is as good as before: it is known by its fingerprint, not by its owner's name. openpgp and
 * gpg think differently of that, and gpg is who signs.
 */
async function asIfItsOwnerHasAName(key: OpenPGP.Key): Promise<OpenPGP.Key> {
  if (key.isPrivate() || isNameless(key) || key.users.some((user) => user.revocationSignatures.length === 0)) return key
  const { enums, PacketList, PublicKey, SignaturePacket } = await loadOpenPGP()
  const isKept = (packet: unknown): boolean =>
    !(packet instanceof SignaturePacket && packet.signatureType === enums.signature.certRevocation)
  const list = new PacketList<OpenPGP.AnyPacket>()
  list.push(...key.toPacketList().filter(isKept))
  return new PublicKey(list)
}

/** The dates that parts of the key and its signatures bear. */
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

/** Dates in messages: `2024-01-31`. */
export const day = (date: Date | number): string => new Date(date).toISOString().slice(0, 10)
