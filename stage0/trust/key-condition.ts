import { type ErrorDetails, RuntimeError } from '#schema/errors.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { identitiesOf, plain } from './read-key.js'

/**
 * The part of `key` with the ID `keyID` that may sign now; without `keyID` the key itself is looked at, whatever it may do. An
 * expired or revoked key signs nothing, whatever date its signature bears: the date is what its maker wrote.
 * Errors: KEY_INVALID, the message beginning with `subject`.
 */
export async function usable(
  key: OpenPGP.PublicKey,
  keyID: OpenPGP.KeyID | undefined,
  subject: string,
): Promise<OpenPGP.AnyKeyPacket> {
  const now = new Date()
  await refuseRevoked(key, subject)
  await checkPrimary(key, now, refusal(`${subject} ${nameOfKey(key)}`))
  if (keyID === undefined) return key.keyPacket
  const subkey = key.getSubkeys(keyID)[0]
  const which = subkey === undefined ? nameOfKey(key) : `subkey ${subkey.getFingerprint()} of ${nameOfKey(key)}`
  const refuse = refusal(`${subject} ${which}`)
  if (subkey !== undefined) await checkSubkey(subkey, now, refuse)
  try {
    return (await key.getSigningKey(keyID, now)).keyPacket
  } catch (cause) {
    throw refuse('may not sign', { cause })
  }
}

/** A copy of a key, and the part of it that may sign now. */
export interface Usable {
  readonly key: OpenPGP.PublicKey
  readonly signing: OpenPGP.AnyKeyPacket
}

/** The first of the copies of one key with which {@link usable} agrees: one may know of a prolongation another does not. Errors: KEY_INVALID. */
export async function firstUsable(
  keys: readonly OpenPGP.PublicKey[],
  keyID: OpenPGP.KeyID,
  by: string,
): Promise<Usable> {
  const [key, ...others] = keys
  if (key === undefined) throw new Error('no key is left')
  try {
    return { key, signing: await usable(key, keyID, by) }
  } catch (error) {
    if (others.length === 0) throw error
    return await firstUsable(others, keyID, by)
  }
}

/** When the key, or the part of it with that ID, expires; milliseconds since 1970. */
export async function endOf(key: OpenPGP.PublicKey, keyID: OpenPGP.KeyID): Promise<number> {
  const own = await key.getExpirationTime()
  const part = await key.getSubkeys(keyID)[0]?.getExpirationTime()
  return Math.min(...[own, part ?? Infinity].map((end) => end?.valueOf() ?? 0))
}

/** Errors: KEY_INVALID for a key its owner has taken back. */
export async function refuseRevoked(key: OpenPGP.PublicKey, subject: string): Promise<void> {
  if (!(await key.isRevoked())) return
  const refuse = refusal(`${subject} ${nameOfKey(key)}`)
  throw refuse(`was revoked${reasonOf(key.revocationSignatures)}`, { hint: `appc trust rm ${key.getFingerprint()}` })
}

type Refuse = (why: string, details?: ErrorDetails) => RuntimeError

const refusal =
  (which: string): Refuse =>
  (why, details) =>
    new RuntimeError('KEY_INVALID', `${which}, which ${why}`, details)

async function checkPrimary(key: OpenPGP.PublicKey, now: Date, refuse: Refuse): Promise<void> {
  await checkStrength(key.keyPacket, refuse)
  const created = key.getCreationTime()
  if (created > now) throw refuse(`is from the future (${day(created)})`, { hint: "is this host's clock right?" })
  const expires = await key.getExpirationTime()
  if (expires === null) throw refuse('has no good signature of its own owner')
  if (expires <= now) {
    throw refuse(`expired on ${day(expires)}`, { hint: 'where its owner has prolonged it: appc trust it anew' })
  }
}

async function checkSubkey(subkey: OpenPGP.Subkey, now: Date, refuse: Refuse): Promise<void> {
  await checkStrength(subkey.keyPacket, refuse)
  try {
    await subkey.verify(now)
  } catch (cause) {
    const why = plain(cause)
    if (/revoked/.test(why)) throw refuse(`was revoked${reasonOf(subkey.revocationSignatures)}`, { cause })
    if (/expired/.test(why)) throw refuse('has expired', { cause })
    throw refuse(`is not bound to it: ${why}`, { cause })
  }
}

async function checkStrength(packet: OpenPGP.AnyKeyPacket, refuse: Refuse): Promise<void> {
  const weak = await weakness(packet)
  if (weak !== null) throw refuse(`is too weak: ${weak}`)
  const { curve = '' } = packet.getAlgorithmInfo()
  // openpgp checks them on Node only with a package that nobody keeps any more
  if (curve.startsWith('brainpool')) throw refuse(`is of a kind that is not supported: ${curve}`)
}

/** `1024-bit RSA` and the like for keys nobody should rely on any more; null for good ones. */
async function weakness(packet: OpenPGP.AnyKeyPacket): Promise<string | null> {
  const { config, enums } = await loadOpenPGP()
  const { algorithm, bits, curve } = packet.getAlgorithmInfo()
  if (config.rejectPublicKeyAlgorithms.has(enums.publicKey[algorithm])) return algorithm.toUpperCase()
  if (algorithm.startsWith('rsa') && bits !== undefined && bits < config.minRSABits) return `${bits}-bit RSA`
  return curve !== undefined && config.rejectCurves.has(curve as never) ? `the curve ${curve}` : null
}

const REASONS: Readonly<Record<number, string>> = {
  1: ': it was replaced by another',
  2: ': it is compromised',
  3: ': it is no longer used',
}

const reasonOf = (revocations: readonly OpenPGP.SignaturePacket[]): string =>
  revocations.map(({ reasonForRevocationFlag: flag }) => REASONS[flag ?? 0] ?? '').find((reason) => reason !== '') ?? ''

/** `key FINGERPRINT (Name <address>)`. */
export function nameOfKey(key: OpenPGP.Key): string {
  const [identity] = identitiesOf(key)
  return `key ${key.getFingerprint()}${identity === undefined ? '' : ` (${identity})`}`
}

/** Dates in messages: `2024-01-31`. */
export const day = (date: Date | number): string => new Date(date).toISOString().slice(0, 10)
