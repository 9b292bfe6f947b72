import { RuntimeError } from '#schema/errors.js'
import type { SignedBy } from '#schema/provenance.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import { allKeyFiles, digestOfKey, digestOfKeys, isInUse, type KeyFile, coversName, readKeyFile } from './key-files.js'

/** A signature that was verified earlier, and its image. */
export interface PastSignature {
  /** The name of the image in messages. */
  readonly subject: string
  readonly imageName: string
  readonly signer: SignedBy
}

/**
 * Refuses a signature that would not be accepted now: the key is no longer trusted for the image's
 * name, or was revoked, or the key or the signature has expired. As long as all files of the key
 * are the same as at the verification, and no expiry date has passed, no key is parsed. Errors:
 * KEY_UNTRUSTED, SIGNATURE_INVALID, KEY_INVALID, FILE_UNREADABLE.
 */
export async function checkStanding(dirs: ConfigDirs, signature: PastSignature): Promise<void> {
  const { imageName, signer } = signature
  const all = allKeyFiles(dirs)
  const files = all.filter((file) => file.fingerprint === signer.fingerprint && isInUse(file))
  if (!files.some(({ prefix }) => coversName(prefix, imageName))) throw untrustedError(signature, files)
  const now = Date.now()
  if (now >= (signer.endsAt ?? Infinity)) throw expiredError(signature)
  const hasNoDatePassed = now >= signer.verifiedAt && now < (signer.keyEndsAt ?? Infinity)
  // files not in use are included, because they too may contain a revocation
  const relevantFingerprints = [signer.fingerprint, ...(signer.revokers ?? [])]
  const relevantFiles = all.filter(({ fingerprint }) => relevantFingerprints.includes(fingerprint))
  if (hasNoDatePassed && digestOf(relevantFiles) === signer.keyFiles) return
  const { checkKeyAgain } = await import('./check-key-again.js')
  await checkKeyAgain(dirs, signature)
}

const digestOf = (files: readonly KeyFile[]): string =>
  digestOfKeys(files.map(({ path }) => digestOfKey(readKeyFile(path))))

function untrustedError({ subject, imageName, signer }: PastSignature, files: readonly KeyFile[]): RuntimeError {
  const prefixes = files.map(({ prefix }) => prefix).join(', ')
  const status = prefixes === '' ? 'is not trusted any more' : `is trusted for ${prefixes}, not for ${imageName}`
  return new RuntimeError(
    'KEY_UNTRUSTED',
    `${subject}: signed by key ${signer.fingerprint} (${signer.identity}), which ${status}`,
    { hint: `appc trust --prefix=${imageName} KEYFILE` },
  )
}

const expiredError = ({ subject, signer }: PastSignature): RuntimeError =>
  new RuntimeError(
    'SIGNATURE_INVALID',
    `${subject}: the signature by key ${signer.fingerprint} (${signer.identity}) has expired`,
  )
