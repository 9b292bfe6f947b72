import { RuntimeError } from '#schema/errors.js'
import { nameOfKey } from './key-condition.js'
import { leadsTo } from './key-files.js'
import type { Keystore, TrustedKey } from './keystore.js'
import type { OpenPGP } from './openpgp.js'

/** Whose good signature a file carries. */
export interface Signer {
  /** Of the primary key. */
  readonly fingerprint: string
  /** What the key says of its owner first; its fingerprint where it says nothing. */
  readonly identity: string
  /** Whether the key is trusted for images of that name. */
  mayVouchFor(imageName: string): boolean
  /** Errors: KEY_UNTRUSTED unless {@link Signer.mayVouchFor}. */
  check(imageName: string): void
}

/** One trusted key and every place where it is. */
export interface KnownKey {
  /** Never empty. */
  readonly copies: readonly TrustedKey[]
  readonly signer: Signer
}

/** What is to be verified, for lookups and messages. */
export interface Wanted {
  readonly subject: string
  readonly imageName?: string
}

/**
 * The trusted keys that may have made `packet`: one, unless keys share an ID. Errors: SIGNATURE_INVALID for a signature that does
 * not say whose it is, KEY_UNTRUSTED when no key fits or none is trusted for the image, KEY_INVALID when the key's file is broken.
 */
export async function knownKeys(
  keystore: Keystore,
  packet: OpenPGP.SignaturePacket,
  wanted: Wanted,
): Promise<KnownKey[]> {
  const { subject, imageName } = wanted
  const issuer = issuerOf(packet)
  if (issuer === null) throw new RuntimeError('SIGNATURE_INVALID', `${subject}: the signature does not say whose it is`)
  const { keys, problems } = await keystore.list()
  const fitting = keys.filter(({ key }) => isOf(key, packet))
  if (fitting.length === 0) {
    checkIssuer(keys, packet, subject)
    throw problems.find(({ message }) => message.includes(issuer)) ?? (await unknown(keystore, packet, issuer, wanted))
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

/** The fingerprint of the issuing (sub)key, or its ID where that is all the signature tells. */
function issuerOf({ issuerFingerprint, issuerKeyID }: OpenPGP.SignaturePacket): string | null {
  if (issuerFingerprint !== null) return Buffer.from(issuerFingerprint).toString('hex')
  return /^0*$/.test(issuerKeyID.toHex()) ? null : issuerKeyID.toHex()
}

const isOf = (key: OpenPGP.PublicKey, { issuerKeyID, issuerFingerprint }: OpenPGP.SignaturePacket): boolean => {
  const fingerprint = issuerFingerprint === null ? null : Buffer.from(issuerFingerprint).toString('hex')
  return key
    .getKeys()
    .some((one) => one.getKeyID().equals(issuerKeyID) && (fingerprint === null || one.getFingerprint() === fingerprint))
}

/** Errors: SIGNATURE_INVALID where the fingerprint is a trusted key's and the ID is not, or the reverse. */
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
  const mayVouchFor = (imageName: string): boolean => copies.some(({ prefix }) => leadsTo(prefix, imageName))
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

/** Says whose signature it is, and why that does not help. */
async function unknown(
  keystore: Keystore,
  packet: OpenPGP.SignaturePacket,
  issuer: string,
  { subject, imageName }: Wanted,
): Promise<RuntimeError> {
  const { keys, masks } = await keystore.masked()
  const masked = keys.find(({ key }) => isOf(key, packet))
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
