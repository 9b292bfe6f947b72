import * as openpgp from 'openpgp'
import { armoured, makeKey, SECONDS_A_DAY, type SecretKey, signBytes } from '../../../helpers/pgp.js'

export const NAME = 'example.com/app'
export const BYTES = Buffer.from('an image, as far as signatures are concerned')

/** Created once, because generating keys takes time. */
export const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

export const good = once(() => makeKey({ name: 'good' }))
export const other = once(() => makeKey({ name: 'other' }))
export const rsa = once(() => makeKey({ name: 'rsa', type: 'rsa', rsaBits: 2048 }))
export const withSubkey = once(() => makeKey({ name: 'subkey', subkeys: [{ sign: true }] }))
export const expired = once(() => makeKey({ name: 'expired', keyExpirationTime: 5 * SECONDS_A_DAY }))

/** A file of the keystore that differs from a key as openpgp writes it. */
export interface Planted {
  readonly fingerprint: string
  /** Null: a symlink to /dev/null. */
  readonly bytes: Uint8Array | null
}

/** The files of the keystore, by level and prefix. */
export type Places = readonly (readonly [
  level: 'system' | 'local' | 'user',
  prefix: string | null,
  key: () => Promise<openpgp.Key | Planted>,
])[]

export const REFUSED_CODES = ['SIGNATURE_INVALID', 'KEY_UNTRUSTED', 'KEY_INVALID'] as const

/** Keys, a signature, and the expected verdict. */
export interface Situation {
  readonly trusted?: Places
  readonly signature: () => Promise<Uint8Array>
  readonly imageName?: string | undefined
  /** The expected refusal; absent: the signature must be accepted. */
  readonly refused?: readonly [code: (typeof REFUSED_CODES)[number], message: RegExp]
  /** The warning about an accepted signature; absent: none. */
  readonly warning?: RegExp
  /** Why gpg's verdict differs; absent: it is the same. */
  readonly gpgDiffers?: string
  /** Why gpg cannot be tested. */
  readonly gpgCannot?: string
}

/** Situations by their descriptions. */
export type Situations = Readonly<Record<string, Situation>>

export const trustedForApp = (key: () => Promise<openpgp.Key | Planted>): Places => [['local', NAME, key]]

export const by = (key: () => Promise<SecretKey>, options: Parameters<typeof signBytes>[2] = {}) =>
  once(async (): Promise<Uint8Array> => armoured(await signBytes(await key(), BYTES, options)))

export const text =
  (content: string): (() => Promise<Uint8Array>) =>
  () =>
    Promise.resolve(Buffer.from(content))

/** One row for each element of a list, made by a function. */
export const rows = <T>(
  of: readonly T[],
  make: (one: T) => readonly [what: string, situation: Situation],
): Situations => Object.fromEntries(of.map(make))

export const NO_PREFIXES = 'it knows no prefixes: a key it has may sign everything'
export const NO_MASKS = 'it knows no levels and no masks'
