import { RuntimeError } from '#schema/errors.js'
import type { Keystore, TrustedKey } from './keystore.js'
import { withSignature } from './merge-keys.js'
import type { OpenPGP } from './openpgp.js'
import { revokes } from './revocation.js'
import type { Decision } from './decision.js'

/** Revocations without their keys. */
export interface Revocations {
  /** A path or a URL, for messages. */
  readonly source: string
  readonly revocations: readonly OpenPGP.SignaturePacket[]
}

/**
 * Adds revocations to the files of the keys that they revoke; only a trusted key can be revoked. If
 * one revocation is refused, none is added. Errors: KEY_UNTRUSTED where the key is not trusted,
 * KEY_INVALID where the revocation is not valid, FILE_UNREADABLE.
 */
export async function addRevocations(keystore: Keystore, { source, revocations }: Revocations): Promise<Decision[]> {
  if (revocations.length === 0) return []
  const { keys } = await keystore.list()
  const revoked: OpenPGP.PublicKey[] = []
  for (const revocation of revocations) revoked.push(await revokedKey(keys, source, revocation))
  const decisions: Decision[] = []
  for (const key of revoked) {
    const paths = await keystore.noteRevocations(key)
    decisions.push({ source, fingerprint: key.getFingerprint(), outcome: 'revoked', paths })
  }
  return decisions
}

/**
 * The trusted key of a revocation, with the revocation added. Errors: KEY_UNTRUSTED, KEY_INVALID.
 */
async function revokedKey(
  keys: readonly TrustedKey[],
  source: string,
  revocation: OpenPGP.SignaturePacket,
): Promise<OpenPGP.PublicKey> {
  const description = `${source}: a revocation of key ${revocation.issuerKeyID.toHex()}`
  const trusted = keys.filter(({ key }) => key.getKeyID().equals(revocation.issuerKeyID))
  if (trusted.length === 0) {
    throw new RuntimeError('KEY_UNTRUSTED', `${description}, which is not trusted`, { hint: 'appc trust list' })
  }
  for (const { key } of trusted) if (await revokes(revocation, key)) return await withSignature(key, revocation)
  throw new RuntimeError('KEY_INVALID', `${description} that does not hold: that key did not make it`)
}
