import { isObject } from './check.js'

/** The record of a good signature of an image and its expiry. Times are milliseconds since 1970. */
export interface SignedBy {
  /** Of the primary key. */
  readonly fingerprint: string
  /** The key's first user ID, or its fingerprint if it has none. */
  readonly identity: string
  /** The ID of the key or subkey that signed. */
  readonly keyID: string
  readonly verifiedAt: number
  /** When the signature expires, if it does. */
  readonly endsAt?: number
  /** When the key expires, according to the files of `keyFiles`; absent if it does not. */
  readonly keyEndsAt?: number
  /** The fingerprints of the keys that may revoke this key, if it names some. */
  readonly revokers?: readonly string[]
  /**
   * The digest of all files of the keystore with the key or one of its revokers. While it is
   * unchanged, the key was not revoked.
   */
  readonly keyFiles: string
}

/**
 * How an image came into the store: who vouched for it. Whether that is still valid is checked
 * elsewhere.
 */
export interface Provenance {
  /** Newest first. */
  readonly signers: readonly SignedBy[]
  /** When root last named a file with the image. */
  readonly givenAt?: number
  /** When it was last fetched from a server without a check of the signature. */
  readonly uncheckedAt?: number
}

export const NO_PROVENANCE: Provenance = { signers: [] }

/** The record as text; {@link parseProvenance} parses it. */
export const formatProvenance = (provenance: Provenance): string => `${JSON.stringify(provenance)}\n`

/**
 * Parses the text of a record; undefined if it is no JSON object. Errors: SyntaxError where it is
 * no JSON.
 */
export function parseProvenance(text: string): Provenance | undefined {
  const raw: unknown = JSON.parse(text)
  if (!isObject(raw)) return undefined
  const { signers, givenAt, uncheckedAt } = raw
  return {
    signers: Array.isArray(signers) ? signers.filter(isSignedBy) : [],
    ...(typeof givenAt === 'number' && { givenAt }),
    ...(typeof uncheckedAt === 'number' && { uncheckedAt }),
  }
}

function isSignedBy(raw: unknown): raw is SignedBy {
  if (!isObject(raw)) return false
  const { fingerprint, identity, keyID, verifiedAt, endsAt = 0, keyEndsAt = 0, revokers = [], keyFiles } = raw
  if (!Array.isArray(revokers)) return false
  const texts: unknown[] = [fingerprint, identity, keyID, keyFiles, ...(revokers as unknown[])]
  const numbers = [verifiedAt, endsAt, keyEndsAt]
  return texts.every((text) => typeof text === 'string') && numbers.every((number) => typeof number === 'number')
}

/** Merges two records of one image; of two signatures by one key, that of `added` is kept. */
export function mergeProvenance(old: Provenance, added: Provenance): Provenance {
  const givenAt = added.givenAt ?? old.givenAt
  const uncheckedAt = added.uncheckedAt ?? old.uncheckedAt
  const others = old.signers.filter(
    ({ fingerprint }) => !added.signers.some((signer) => signer.fingerprint === fingerprint),
  )
  return {
    signers: [...added.signers, ...others],
    ...(givenAt !== undefined && { givenAt }),
    ...(uncheckedAt !== undefined && { uncheckedAt }),
  }
}
