import * as openpgp from 'openpgp'
import { binary, makeKey, type SecretKey, signBytes } from '../../../helpers/pgp.js'
import { packet, rawDetached } from '../../../helpers/pgp-packets.js'
import {
  by,
  BYTES,
  good,
  once,
  rows,
  rsa,
  type Situation,
  type Situations,
  trustedForApp,
  withSubkey,
} from './situation.js'

const { hash: HASH } = openpgp.enums

type Digest = keyof typeof HASH
type Make = () => Promise<SecretKey>

const CURVES: Readonly<Record<string, readonly [key: Make, needed: number]>> = {
  'NIST P-256': [once(() => makeKey({ curve: 'nistP256' })), 256],
  'NIST P-384': [once(() => makeKey({ curve: 'nistP384' })), 384],
  'NIST P-521': [once(() => makeKey({ curve: 'nistP521' })), 512],
  Ed25519: [good, 256],
  RSA: [rsa, 0],
}

const BITS = { sha224: 224, sha256: 256, sha384: 384, sha512: 512 } as const
type Sound = keyof typeof BITS
const SOUND = Object.keys(BITS) as Sound[]

/** openpgp makes no Ed25519 signatures with shorter digests, so there are no rows for them. */
const PAIRS = Object.entries(CURVES).flatMap(([name, [key, needed]]) =>
  SOUND.filter((digest) => name !== 'Ed25519' || BITS[digest] >= needed).map(
    (digest) => [name, key, digest, needed] as const,
  ),
)

const WEAK: readonly (readonly [Digest, string])[] = [
  ['md5', 'MD5'],
  ['sha1', 'SHA1'],
  ['ripemd', 'RIPEMD'],
]

const asIs = (key: Make, more: Partial<Situation> = {}): Situation => ({
  trusted: trustedForApp(key),
  signature: by(key),
  ...more,
})

const NO_NEW_KEYS = 'gpg 2.2 knows no keys and signatures of RFC 9580'

const version6 = once(() => makeKey({ type: 'curve25519', config: { v6Keys: true } }))
const version4 = once(() => makeKey({ type: 'curve25519' }))

/** A signature whose version differs from its key's. */
const posing = (key: Make, version: 4 | 6) => async (): Promise<Uint8Array> =>
  packet(2, await rawDetached(BYTES, { by: await key(), version }))

/** Accepted and refused keys and digests. */
export const ALGORITHMS: Situations = {
  ...rows(PAIRS, ([name, key, digest, needed]) => [
    `${name} with ${digest}`,
    {
      trusted: trustedForApp(key),
      signature: by(key, { hash: HASH[digest] }),
      ...(BITS[digest] < needed && {
        refused: [
          'SIGNATURE_INVALID',
          new RegExp(`uses ${digest.toUpperCase()}, which is too short for its key: it takes ${needed} bits$`),
        ] as const,
      }),
    },
  ]),
  ...rows(WEAK, ([digest, called]) => [
    `RSA with ${digest}`,
    {
      trusted: trustedForApp(rsa),
      signature: by(rsa, { hash: HASH[digest] }),
      refused: ['SIGNATURE_INVALID', new RegExp(`^app.aci: the signature uses ${called}, which is too weak$`)],
      ...(digest !== 'md5' && { gpgDiffers: `gpg 2.2 still takes ${called} for a signature of a file` }),
    },
  ]),
  'an armoured signature': asIs(good),
  'a binary signature': asIs(good, { signature: async () => binary(await signBytes(await good(), BYTES)) }),
  'a signing subkey': asIs(withSubkey),
  'a primary key that has a signing subkey': asIs(withSubkey, { signature: by(withSubkey, { part: 0 }) }),
  'a new-style Ed25519 key': asIs(version4, { gpgCannot: NO_NEW_KEYS }),
  'an Ed448 key': asIs(
    once(() => makeKey({ type: 'curve448' })),
    { gpgCannot: NO_NEW_KEYS },
  ),
  'a version 6 key, whose signatures are salted': asIs(version6, { gpgCannot: NO_NEW_KEYS }),
  'a signature of version 6 by a key of version 4': asIs(version4, {
    signature: posing(version4, 6),
    refused: ['SIGNATURE_INVALID', /is of version 6, its key of version 4$/],
    gpgCannot: NO_NEW_KEYS,
  }),
  'a signature of version 4 by a key of version 6': asIs(version6, {
    signature: posing(version6, 4),
    refused: ['SIGNATURE_INVALID', /is of version 4, its key of version 6$/],
    gpgCannot: NO_NEW_KEYS,
  }),
  'a 1024-bit RSA key': asIs(
    once(() => makeKey({ type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } })),
    {
      refused: ['KEY_INVALID', /which is too weak: 1024-bit RSA$/],
      gpgDiffers: 'gpg sets no bound for keys that are there',
    },
  ),
}
