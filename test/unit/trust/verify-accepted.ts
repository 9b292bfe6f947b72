import * as openpgp from 'openpgp'
import { armoured, binary, daysAgo, makeKey, SECONDS_A_DAY, type SecretKey, signBytes } from '../../helpers/pgp.js'
import {
  by,
  BYTES,
  type Case,
  expired,
  good,
  NAME,
  once,
  other,
  rsa,
  trustedForApp,
  withSubkey,
} from './verify-case.js'

const { hash: HASH } = openpgp.enums

/** Signatures that must be accepted. */
export const ACCEPTED: Readonly<Record<string, Case>> = {
  'an armoured signature by a key for the very name': { trusted: trustedForApp(good), signature: by(good) },
  'a binary signature': {
    trusted: trustedForApp(good),
    signature: async () => binary(await signBytes(await good(), BYTES)),
  },
  'a key for the domain': { trusted: [['local', 'example.com', good]], signature: by(good) },
  'a root key': { trusted: [['local', null, good]], signature: by(good) },
  "a key of the system's": { trusted: [['system', NAME, good]], signature: by(good) },
  "a key of the user's": { trusted: [['user', NAME, good]], signature: by(good) },
  'an RSA key, SHA-256': { trusted: trustedForApp(rsa), signature: by(rsa, { hash: HASH.sha256 }) },
  'an RSA key, SHA-384': { trusted: trustedForApp(rsa), signature: by(rsa, { hash: HASH.sha384 }) },
  'a signing subkey': { trusted: trustedForApp(withSubkey), signature: by(withSubkey) },
  'a primary key that has a signing subkey': {
    trusted: trustedForApp(withSubkey),
    signature: by(withSubkey, { part: 0 }),
  },
  'a NIST P-256 key': (() => {
    const key = once(() => makeKey({ curve: 'nistP256' }))
    return { trusted: trustedForApp(key), signature: by(key) }
  })(),
  'a NIST P-521 key': (() => {
    const key = once(() => makeKey({ curve: 'nistP521' }))
    return { trusted: trustedForApp(key), signature: by(key) }
  })(),
  'a new-style Ed25519 key': (() => {
    const key = once(() => makeKey({ type: 'curve25519' }))
    return { trusted: trustedForApp(key), signature: by(key) }
  })(),
  'an Ed448 key': (() => {
    const key = once(() => makeKey({ type: 'curve448' }))
    return { trusted: trustedForApp(key), signature: by(key) }
  })(),
  'a version 6 key, whose signatures are salted': (() => {
    const key = once(() => makeKey({ type: 'curve25519', config: { v6Keys: true } }))
    return { trusted: trustedForApp(key), signature: by(key) }
  })(),
  'a bad signature before a good one': {
    trusted: trustedForApp(good),
    signature: async () => armoured(await signBytes(await other(), BYTES), await signBytes(await good(), BYTES)),
  },
  'a signature of other bytes before a good one by the same key': {
    trusted: trustedForApp(good),
    signature: async () =>
      armoured(await signBytes(await good(), Buffer.from('x')), await signBytes(await good(), BYTES)),
  },
  'a key that expired in one place and is prolonged in another': {
    trusted: [
      ['local', NAME, expired],
      ['local', null, once(async () => prolonged(await expired()))],
    ],
    signature: by(expired),
  },
  'a signature that has yet to expire': {
    trusted: trustedForApp(good),
    signature: by(good, { lastsSeconds: 100 * SECONDS_A_DAY }),
  },
  'any trusted key, while the name is not known': {
    trusted: [['local', 'other.org', good]],
    signature: by(good),
    imageName: undefined,
  },
}

async function prolonged(key: SecretKey): Promise<openpgp.PublicKey> {
  const { publicKey } = await openpgp.reformatKey({
    privateKey: await openpgp.readPrivateKey({ binaryKey: key.write() }),
    userIDs: [{ name: 'prolonged' }],
    keyExpirationTime: 0,
    date: daysAgo(1),
    format: 'object',
  })
  return publicKey
}
