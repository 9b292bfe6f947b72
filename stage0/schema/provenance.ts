import { isObject } from './check.js'

/** Whose signature of an image was found good, and what of it can end. Times are milliseconds since 1970. */
export interface SignedBy {
  /** Of the primary key. */
  readonly fingerprint: string
  /** What the key says of its owner. */
  readonly identity: string
  /** The ID of the key or subkey that signed. */
  readonly keyID: string
  readonly verifiedAt: number
  /** When the signature itself ends, where it does. */
  readonly endsAt?: number
  /** When the key can no longer sign, as far as `keyFiles` tell; absent where they set no end. */
  readonly keyEndsAt?: number
  /** The fingerprints of the keys that may revoke this one, where it names some. */
  readonly revokers?: readonly string[]
  /** The digest of all files of the keystore with the key or one of its revokers. While they are the same, the key was not revoked. */
  readonly keyFiles: string
}

/** How an image came into the store: who vouched for it. It says nothing about whether that still counts. */
export interface Provenance {
  /** Newest first. */
  readonly signers: readonly SignedBy[]
  /** When root last named a file with the image. */
  readonly givenAt?: number
  /** When it was last taken from a server without asking for a signature. */
  readonly uncheckedAt?: number
}

export const NOBODY: Provenance = { signers: [] }

/** The text of the record; {@link parseProvenance} reads it. */
export const formatProvenance = (provenance: Provenance): string => `${JSON.stringify(provenance)}\n`

/** Reads the text of the record; undefined where it is none. */
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
  return texts.every((one) => typeof one === 'string') && numbers.every((one) => typeof one === 'number')
}

/** Two records of one image as one: of two signatures by one key that of `more` counts. */
export function mergeProvenance(old: Provenance, more: Provenance): Provenance {
  const givenAt = more.givenAt ?? old.givenAt
  const uncheckedAt = more.uncheckedAt ?? old.uncheckedAt
  const others = old.signers.filter(({ fingerprint }) => !more.signers.some((one) => one.fingerprint === fingerprint))
  return {
    signers: [...more.signers, ...others],
    ...(givenAt !== undefined && { givenAt }),
    ...(uncheckedAt !== undefined && { uncheckedAt }),
  }
}
