import { RuntimeError } from '#schema/errors.js'
import type { Keystore } from './keystore.js'
import { withSignature } from './merge-keys.js'
import type { OpenPGP } from './openpgp.js'
import { revokes } from './revocation.js'
import type { Decision } from './review.js'

/** Revocations that came without their keys. */
export interface Revocations {
  /** A path or a URL, for messages. */
  readonly source: string
  readonly revocations: readonly OpenPGP.SignaturePacket[]
}

/**
 * Adds revocations to the files of the keys they revoke: a key that is trusted nowhere cannot be revoked. Errors: KEY_UNTRUSTED for
 * one of a key that is not trusted, KEY_INVALID for one that does not hold, FILE_UNREADABLE.
 */
export async function takeRevocations(keystore: Keystore, { source, revocations }: Revocations): Promise<Decision[]> {
  if (revocations.length === 0) return []
  const { keys } = await keystore.list()
  const decisions: Decision[] = []
  for (const revocation of revocations) {
    const keyID = revocation.issuerKeyID.toHex()
    const trusted = keys.filter(({ key }) => key.getKeyID().equals(revocation.issuerKeyID))
    if (trusted.length === 0) {
      throw new RuntimeError('KEY_UNTRUSTED', `${source}: a revocation of key ${keyID}, which is not trusted`, {
        hint: 'appc trust list',
      })
    }
    const revoked = await firstRevoked(
      trusted.map(({ key }) => key),
      revocation,
    )
    if (revoked === undefined) {
      throw new RuntimeError(
        'KEY_INVALID',
        `${source}: a revocation of key ${keyID} that does not hold: that key did not make it`,
      )
    }
    const paths = await keystore.noteRevocations(await withSignature(revoked, revocation))
    decisions.push({ source, fingerprint: revoked.getFingerprint(), outcome: 'revoked', paths })
  }
  return decisions
}

async function firstRevoked(
  keys: readonly OpenPGP.PublicKey[],
  revocation: OpenPGP.SignaturePacket,
): Promise<OpenPGP.PublicKey | undefined> {
  for (const key of keys) if (await revokes(revocation, key)) return key
  return undefined
}
