import * as openpgp from 'openpgp'
import { armoured, makeKey, SECONDS_A_DAY, type SecretKey, signBytes } from '../../helpers/pgp.js'

export const NAME = 'example.com/app'
export const BYTES = Buffer.from('an image, as far as signatures are concerned')

/** Made once: keys cost time. */
export const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

export const good = once(() => makeKey({ name: 'good' }))
export const other = once(() => makeKey({ name: 'other' }))
export const rsa = once(() => makeKey({ name: 'rsa', type: 'rsa', rsaBits: 2048 }))
export const withSubkey = once(() => makeKey({ name: 'subkey', subkeys: [{ sign: true }] }))
export const expired = once(() => makeKey({ name: 'expired', keyExpirationTime: 5 * SECONDS_A_DAY }))

/** The public keys under test, by level and prefix. */
export type Places = readonly (readonly [
  level: 'system' | 'local' | 'user',
  prefix: string | null,
  key: () => Promise<openpgp.Key>,
])[]

export interface Case {
  readonly trusted?: Places
  readonly signature: () => Promise<Uint8Array>
  readonly imageName?: string | undefined
  /** Absent: it must be accepted. */
  readonly refused?: readonly [code: string, message: RegExp]
}

export const trustedForApp = (key: () => Promise<openpgp.Key>): Places => [['local', NAME, key]]
export const by =
  (key: () => Promise<SecretKey>, options: Parameters<typeof signBytes>[2] = {}) =>
  async () =>
    armoured(await signBytes(await key(), BYTES, options))
export const text =
  (content: string): (() => Promise<Uint8Array>) =>
  () =>
    Promise.resolve(Buffer.from(content))
