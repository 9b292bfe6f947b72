import { RuntimeError } from '#schema/errors.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import { firstUsable } from './key-condition.js'
import { coversName } from './key-files.js'
import { Keystore } from './keystore.js'
import type { PastSignature } from './standing.js'

/** Checks that the key of a past signature may still sign now. Errors: KEY_INVALID. */
export async function checkKeyAgain(dirs: ConfigDirs, { subject, imageName, signer }: PastSignature): Promise<void> {
  const { keys, problems } = await new Keystore(dirs).copiesOf(signer.fingerprint)
  const by = `${subject}: signed by`
  const trusted = keys.filter(({ prefix }) => coversName(prefix, imageName))
  if (trusted.length === 0) throw problems[0] ?? new Error(`${signer.fingerprint}: not trusted after all`)
  const parts = trusted.flatMap(({ key }) => key.getKeys().map((part) => part.getKeyID()))
  const keyID = parts.find((part) => part.toHex() === signer.keyID)
  if (keyID === undefined) {
    throw new RuntimeError(
      'KEY_INVALID',
      `${by} key ${signer.keyID}, which is no part of key ${signer.fingerprint} now`,
    )
  }
  await firstUsable(trusted, keyID, by)
}
