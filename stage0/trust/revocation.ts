import { loadOpenPGP, type OpenPGP } from './openpgp.js'

type Signature = OpenPGP.SignaturePacket

/**
 * The revocation of a key, or of the subkey of it that is given; undefined where there is none. A good signature is enough: whatever
 * digest it uses, whatever its date and its notes say, for the owner of the key made it. `revokers` are keys that may revoke this one
 * because it says so, as far as they are known.
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
  const revoking = [keyPacket, ...revokers.map((revoker) => revoker.keyPacket)]
  for (const by of revoking) {
    const found = await firstOf(key.revocationSignatures, (one) => isGood(one, by, keyRevocation, { key: keyPacket }))
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether a signature is a revocation of the key by the key itself. */
export const revokes = async (signature: Signature, key: OpenPGP.Key): Promise<boolean> =>
  await isGood(signature, key.keyPacket, (await loadOpenPGP()).enums.signature.keyRevocation, { key: key.keyPacket })

/** The fingerprints of the keys that may revoke this one: it says so in a signature of its own. */
export async function revokersOf(key: OpenPGP.Key): Promise<string[]> {
  const { enums } = await loadOpenPGP()
  const { keyPacket } = key
  const found = new Set<string>()
  const note = async (one: Signature, type: OpenPGP.enums.signature, data: object): Promise<void> => {
    const named = one.revocationKeyFingerprint
    if (named !== null && (await isGood(one, keyPacket, type, data))) found.add(Buffer.from(named).toString('hex'))
  }
  for (const one of directSignaturesOf(key)) await note(one, enums.signature.key, { key: keyPacket })
  for (const { userID, userAttribute, selfCertifications } of key.users) {
    const data = { key: keyPacket, userID, userAttribute }
    for (const one of selfCertifications) await note(one, enums.signature.certGeneric, data)
  }
  return [...found]
}

/** A key, and who may revoke it. */
export interface Revocable {
  readonly key: OpenPGP.Key
  /** The fingerprints of the keys that may. */
  readonly revokers: readonly string[]
  /** Those of them that the keystore has. */
  readonly knownRevokers: readonly OpenPGP.PublicKey[]
}

/** The fingerprint of a key that may revoke this one and seems to have done so, but is not known. */
export function unknownRevoker({ key, revokers, knownRevokers }: Revocable): string | undefined {
  const known = knownRevokers.map((revoker) => revoker.getFingerprint())
  const seemsBy = (fingerprint: string): boolean =>
    key.revocationSignatures.some((one) => fingerprint.endsWith(one.issuerKeyID.toHex()))
  return revokers.find((fingerprint) => !known.includes(fingerprint) && seemsBy(fingerprint))
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

/** Whether the mathematics are right: nothing else of a revocation can make it count less. */
async function isGood(
  signature: Signature,
  by: OpenPGP.AnyKeyPacket,
  type: OpenPGP.enums.signature,
  data: object,
): Promise<boolean> {
  const { config } = await loadOpenPGP()
  // openpgp takes a signature for what it is asked about
  if (signature.signatureType !== type && !isCertification(signature.signatureType, type)) return false
  const bare = Object.assign(Object.create(Object.getPrototypeOf(signature) as object) as Signature, signature, {
    unknownSubpackets: [],
    rawNotations: [],
  })
  const anyDigest = { ...config, rejectHashAlgorithms: new Set<never>() }
  try {
    await bare.verify(by, type, data, ANY_DATE, false, anyDigest)
    return true
  } catch {
    return false
  }
}

/** Certifications of a user ID (16 to 19) say how well it was checked; of one's own they are all the same. */
const isCertification = (type: number | null, asked: number): boolean =>
  asked === 16 && type !== null && type >= 16 && type <= 19

/** openpgp looks at no date then. */
const ANY_DATE = null as unknown as Date
