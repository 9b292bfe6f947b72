import { RuntimeError } from '#schema/errors.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import { firstUsable } from './key-condition.js'
import { leadsTo } from './key-files.js'
import { Keystore } from './keystore.js'
import type { PastSignature } from './standing.js'

/** Looks at the condition of a past signature's key as it is now. Errors: KEY_INVALID. */
export async function checkKeyAgain(dirs: ConfigDirs, { subject, imageName, signer }: PastSignature): Promise<void> {
  const { keys, problems } = await new Keystore(dirs).copiesOf(signer.fingerprint)
  const by = `${subject}: signed by`
  const trusted = keys.filter(({ prefix }) => leadsTo(prefix, imageName))
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
