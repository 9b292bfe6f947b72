import { RuntimeError } from '#schema/errors.js'
import type { SignedBy } from '#schema/provenance.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import { allKeyFiles, digestOfKey, digestOfKeys, isInUse, type KeyFile, leadsTo, readKeyFile } from './key-files.js'

/** A signature that was found good, and what it is a signature of. */
export interface PastSignature {
  /** What messages call the image. */
  readonly subject: string
  readonly imageName: string
  readonly signer: SignedBy
}

/**
 * Refuses a signature that would not be accepted now: the key is no longer trusted for the image's name, was revoked or has expired, or
 * the signature has. While all files of the key are what they were when the signature was found good, and no date has passed, no key is
 * read. Errors: KEY_UNTRUSTED, SIGNATURE_INVALID, KEY_INVALID, FILE_UNREADABLE.
 */
export async function checkStanding(dirs: ConfigDirs, past: PastSignature): Promise<void> {
  const { imageName, signer } = past
  const all = allKeyFiles(dirs)
  const files = all.filter((file) => file.fingerprint === signer.fingerprint && isInUse(file))
  if (!files.some(({ prefix }) => leadsTo(prefix, imageName))) throw untrusted(past, files)
  const now = Date.now()
  if (now >= (signer.endsAt ?? Infinity)) throw ended(past)
  const isAsItWas = now >= signer.verifiedAt && now < (signer.keyEndsAt ?? Infinity)
  // whether it counts or not: each can tell of a revocation
  const telling = [signer.fingerprint, ...(signer.revokers ?? [])]
  const heard = all.filter(({ fingerprint }) => telling.includes(fingerprint))
  if (isAsItWas && digestOf(heard) === signer.keyFiles) return
  const { checkKeyAgain } = await import('./check-key-again.js')
  await checkKeyAgain(dirs, past)
}

const digestOf = (files: readonly KeyFile[]): string =>
  digestOfKeys(files.map(({ path }) => digestOfKey(readKeyFile(path))))

function untrusted({ subject, imageName, signer }: PastSignature, files: readonly KeyFile[]): RuntimeError {
  const prefixes = files.map(({ prefix }) => prefix).join(', ')
  const now = prefixes === '' ? 'is not trusted any more' : `is trusted for ${prefixes}, not for ${imageName}`
  return new RuntimeError(
    'KEY_UNTRUSTED',
    `${subject}: signed by key ${signer.fingerprint} (${signer.identity}), which ${now}`,
    { hint: `appc trust --prefix=${imageName} KEYFILE` },
  )
}

const ended = ({ subject, signer }: PastSignature): RuntimeError =>
  new RuntimeError(
    'SIGNATURE_INVALID',
    `${subject}: the signature by key ${signer.fingerprint} (${signer.identity}) has expired`,
  )
