import { RuntimeError } from '#schema/errors.js'
import { nameOfKey } from './key-condition.js'
import { coversName } from './key-files.js'
import type { Keystore, TrustedKey } from './keystore.js'
import type { OpenPGP } from './openpgp.js'

/** The signer of a file. */
export interface Signer {
  /** Of the primary key. */
  readonly fingerprint: string
  /** The key's first user ID; its fingerprint if it has none. */
  readonly identity: string
  /** Whether the key is trusted for images of that name. */
  mayVouchFor(imageName: string): boolean
  /** Refuses an image name. Errors: KEY_UNTRUSTED where {@link Signer.mayVouchFor} is false. */
  check(imageName: string): void
}

/** One trusted key and all its copies. */
export interface KnownKey {
  /** Never empty. */
  readonly copies: readonly TrustedKey[]
  readonly signer: Signer
}

/** The file to be verified: its name in messages, and the image's name if it is known. */
export interface SignatureSubject {
  readonly subject: string
  readonly imageName?: string
}

/**
 * The trusted keys that may have made `packet`: one, unless keys share an ID. Errors:
 * SIGNATURE_INVALID where the signature does not name its key, KEY_UNTRUSTED where no key matches
 * or none is trusted for the image, KEY_INVALID where the key's file is broken.
 */
export async function knownKeys(
  keystore: Keystore,
  packet: OpenPGP.SignaturePacket,
  target: SignatureSubject,
): Promise<KnownKey[]> {
  const { subject, imageName } = target
  const issuer = issuerOf(packet)
  if (issuer === null) throw new RuntimeError('SIGNATURE_INVALID', `${subject}: the signature does not say whose it is`)
  const { keys, problems } = await keystore.list()
  const fitting = keys.filter(({ key }) => isIssuer(key, packet))
  if (fitting.length === 0) {
    checkIssuer(keys, packet, subject)
    throw (
      problems.find(({ message }) => message.includes(issuer)) ??
      (await untrustedError(keystore, packet, issuer, target))
    )
  }
  const known = [...Map.groupBy(fitting, ({ fingerprint }) => fingerprint).values()].map((copies) => ({
    copies,
    signer: signerOf(copies, subject),
  }))
  if (imageName === undefined) return known
  const trusted = known.filter(({ signer }) => signer.mayVouchFor(imageName))
  if (trusted.length === 0) known[0]?.signer.check(imageName)
  return trusted
}

/**
 * The fingerprint of the issuing (sub)key, or its ID if the signature has no fingerprint; null if
 * neither.
 */
function issuerOf({ issuerFingerprint, issuerKeyID }: OpenPGP.SignaturePacket): string | null {
  if (issuerFingerprint !== null) return Buffer.from(issuerFingerprint).toString('hex')
  return /^0*$/.test(issuerKeyID.toHex()) ? null : issuerKeyID.toHex()
}

const isIssuer = (key: OpenPGP.PublicKey, { issuerKeyID, issuerFingerprint }: OpenPGP.SignaturePacket): boolean => {
  const fingerprint = issuerFingerprint === null ? null : Buffer.from(issuerFingerprint).toString('hex')
  return key
    .getKeys()
    .some((one) => one.getKeyID().equals(issuerKeyID) && (fingerprint === null || one.getFingerprint() === fingerprint))
}

/** Errors: SIGNATURE_INVALID where only one of fingerprint and ID belongs to a trusted key. */
function checkIssuer(keys: readonly TrustedKey[], packet: OpenPGP.SignaturePacket, subject: string): void {
  const { issuerKeyID, issuerFingerprint } = packet
  if (issuerFingerprint === null) return
  const fingerprint = Buffer.from(issuerFingerprint).toString('hex')
  const parts = keys.flatMap(({ key }) => key.getKeys())
  if (!parts.some((part) => part.getFingerprint() === fingerprint || part.getKeyID().equals(issuerKeyID))) return
  throw new RuntimeError(
    'SIGNATURE_INVALID',
    `${subject}: the signature names key ${fingerprint} and the key ID ${issuerKeyID.toHex()}, which are not one key`,
  )
}

function signerOf(copies: readonly TrustedKey[], subject: string): Signer {
  const [first] = copies
  if (first === undefined) throw new Error('a signer without a key')
  const mayVouchFor = (imageName: string): boolean => copies.some(({ prefix }) => coversName(prefix, imageName))
  return {
    fingerprint: first.fingerprint,
    identity: first.identities[0] ?? first.fingerprint,
    mayVouchFor,
    check: (imageName) => {
      if (mayVouchFor(imageName)) return
      const prefixes = copies.map(({ prefix }) => prefix).join(', ')
      throw new RuntimeError(
        'KEY_UNTRUSTED',
        `${subject}: signed by ${nameOfKey(first.key)}, which is trusted for ${prefixes}, not for ${imageName}`,
        { hint: `appc trust --prefix=${imageName} ${first.path}` },
      )
    },
  }
}

/** An error that names the issuer of the signature, and why its key is not trusted. */
async function untrustedError(
  keystore: Keystore,
  packet: OpenPGP.SignaturePacket,
  issuer: string,
  { subject, imageName }: SignatureSubject,
): Promise<RuntimeError> {
  const { keys, masks } = await keystore.masked()
  const masked = keys.find(({ key }) => isIssuer(key, packet))
  if (masked !== undefined) {
    const mask = masks.get(masked.path) ?? ''
    return new RuntimeError(
      'KEY_UNTRUSTED',
      `${subject}: signed by ${nameOfKey(masked.key)}, which the empty file ${mask} takes out of use`,
    )
  }
  return new RuntimeError(
    'KEY_UNTRUSTED',
    `${subject}: signed by key ${issuer}, which is not trusted${imageName === undefined ? '' : ` for ${imageName}`}`,
    { hint: `appc trust --prefix=${imageName ?? 'NAME'} KEYFILE` },
  )
}
