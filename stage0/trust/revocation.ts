import { loadOpenPGP, type OpenPGP } from './openpgp.js'

type Signature = OpenPGP.SignaturePacket

/**
 * The revocation of a key, or of its `subkey`; undefined where there is none. A valid signature is
 * enough, with any digest, date and notations, because the key's owner made it. `revokers` are the
 * known keys that may revoke this key because it names them.
 */
export async function revocationOf(
  key: OpenPGP.Key,
  subkey?: OpenPGP.Subkey,
  revokers: readonly OpenPGP.PublicKey[] = [],
): Promise<Signature | undefined> {
  const { keyRevocation, subkeyRevocation } = (await loadOpenPGP()).enums.signature
  const { keyPacket } = key
  if (subkey !== undefined) {
    const data = { key: keyPacket, bind: subkey.keyPacket }
    return await firstOf(subkey.revocationSignatures, (one) => isGood(one, keyPacket, subkeyRevocation, data))
  }
  const issuers = [keyPacket, ...revokers.map((revoker) => revoker.keyPacket)]
  for (const issuer of issuers) {
    const found = await firstOf(key.revocationSignatures, (one) =>
      isGood(one, issuer, keyRevocation, { key: keyPacket }),
    )
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether a signature is a valid revocation of the key by the key itself. */
export const revokes = async (signature: Signature, key: OpenPGP.Key): Promise<boolean> =>
  await isGood(signature, key.keyPacket, (await loadOpenPGP()).enums.signature.keyRevocation, { key: key.keyPacket })

/** The fingerprints of the keys that may revoke this key: it names them in its own signatures. */
export async function revokersOf(key: OpenPGP.Key): Promise<string[]> {
  const { enums } = await loadOpenPGP()
  const { keyPacket } = key
  const found = new Set<string>()
  const note = async (one: Signature, type: OpenPGP.enums.signature, data: object): Promise<void> => {
    const revoker = one.revocationKeyFingerprint
    if (revoker !== null && (await isGood(one, keyPacket, type, data))) found.add(Buffer.from(revoker).toString('hex'))
  }
  for (const one of directSignaturesOf(key)) await note(one, enums.signature.key, { key: keyPacket })
  for (const { userID, userAttribute, selfCertifications } of key.users) {
    const data = { key: keyPacket, userID, userAttribute }
    for (const one of selfCertifications) await note(one, enums.signature.certGeneric, data)
  }
  return [...found]
}

/** A key, and the keys that may revoke it. */
export interface Revocable {
  readonly key: OpenPGP.Key
  /** The fingerprints of all revokers. */
  readonly revokers: readonly string[]
  /** The revokers that the keystore has. */
  readonly knownRevokers: readonly OpenPGP.PublicKey[]
}

/** The fingerprint of an unknown revoker that appears, by its key ID, to have revoked the key. */
export function unknownRevoker({ key, revokers, knownRevokers }: Revocable): string | undefined {
  const knownFingerprints = knownRevokers.map((revoker) => revoker.getFingerprint())
  const seemsBy = (fingerprint: string): boolean =>
    key.revocationSignatures.some((one) => fingerprint.endsWith(one.issuerKeyID.toHex()))
  return revokers.find((fingerprint) => !knownFingerprints.includes(fingerprint) && seemsBy(fingerprint))
}

const directSignaturesOf = (key: OpenPGP.Key): readonly Signature[] =>
  (key as unknown as { readonly directSignatures: readonly Signature[] }).directSignatures

async function firstOf(
  signatures: readonly Signature[],
  isFit: (one: Signature) => Promise<boolean>,
): Promise<Signature | undefined> {
  for (const one of signatures) if (await isFit(one)) return one
  return undefined
}

/** Whether the signature is cryptographically valid: for a revocation, nothing else is checked. */
async function isGood(
  signature: Signature,
  issuer: OpenPGP.AnyKeyPacket,
  type: OpenPGP.enums.signature,
  data: object,
): Promise<boolean> {
  const { config } = await loadOpenPGP()
  // openpgp does not compare the packet's type with the requested type
  if (signature.signatureType !== type && !isCertification(signature.signatureType, type)) return false
  const bare = Object.assign(Object.create(Object.getPrototypeOf(signature) as object) as Signature, signature, {
    unknownSubpackets: [],
    rawNotations: [],
  })
  const anyDigest = { ...config, rejectHashAlgorithms: new Set<never>() }
  try {
    await bare.verify(issuer, type, data, ANY_DATE, false, anyDigest)
    return true
  } catch {
    return false
  }
}

/**
 * Types 16 to 19 certify a user ID, with different degrees of checking; self-certifications are
 * equal.
 */
const isCertification = (type: number | null, expected: number): boolean =>
  expected === 16 && type !== null && type >= 16 && type <= 19

/** With null, openpgp checks no date. */
const ANY_DATE = null as unknown as Date
