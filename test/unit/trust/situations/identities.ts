import * as openpgp from 'openpgp'
import { makeKey, type SecretKey } from '../../../helpers/pgp.js'
import { packet, packetsOf, rawSignature, subpacket } from '../../../helpers/pgp-packets.js'
import { by, once, type Planted, rows, type Situations, trustedForApp } from './situation.js'

const { signature: TYPE } = openpgp.enums

const key = once(() => makeKey({ name: 'somebody' }))
const KEY_FLAGS = subpacket(27, Buffer.of(3))

/** The key with these user IDs instead of its own, each signed by it. */
const withIdentities =
  (...identities: readonly Buffer[]) =>
  async (): Promise<Planted> => {
    const secret = await key()
    const parts = await Promise.all(identities.map((identity) => identified(secret, identity)))
    const [primary = Buffer.alloc(0)] = packetsOf(secret)
    return { fingerprint: secret.getFingerprint(), bytes: Buffer.concat([primary, ...parts.flat()]) }
  }

async function identified(secret: SecretKey, identity: Buffer): Promise<Buffer[]> {
  const userID = Object.assign(new openpgp.UserIDPacket(), { write: () => identity })
  const certified = await rawSignature({
    by: secret,
    type: TYPE.certPositive,
    data: { key: secret.keyPacket, userID },
    date: secret.getCreationTime(),
    hashed: [KEY_FLAGS],
  })
  return [packet(13, identity), packet(2, certified)]
}

const IDENTITIES_TAKEN: Readonly<Record<string, readonly Buffer[]>> = {
  'in UTF-8': [Buffer.from('Jürgen <j@example.com>')],
  'in Latin-1': [Buffer.from('J\xfcrgen <j@example.com>', 'latin1')],
  'in no alphabet at all': [Buffer.from('ff00fe01', 'hex')],
  'in Latin-1 and in UTF-8': [Buffer.from('J\xfcrgen', 'latin1'), Buffer.from('Jürgen')],
  'without an address': [Buffer.from('Jo')],
  'that is empty': [Buffer.alloc(0)],
  'that would drive a terminal': [Buffer.from('\u001b[2J <j@example.com>')],
}

/** The user IDs of keys. */
export const IDENTITIES: Situations = {
  ...rows(Object.entries(IDENTITIES_TAKEN), ([what, identities]) => [
    `a key with a user ID ${what}`,
    { trusted: trustedForApp(withIdentities(...identities)), signature: by(key) },
  ]),
  'a key without a user ID': {
    trusted: trustedForApp(withIdentities()),
    signature: by(key),
    refused: ['KEY_INVALID', /^app.aci: signed by key [0-9a-f]{40}, which has no user ID$/],
  },
  'a key whose user ID somebody else signed': {
    trusted: trustedForApp(async () => {
      const [secret, stranger] = [await key(), await makeKey()]
      const [primary = Buffer.alloc(0), identity = Buffer.alloc(0)] = packetsOf(secret)
      const [, foreign = Buffer.alloc(0)] = await identified(stranger, Buffer.from('somebody <somebody@example.com>'))
      return { fingerprint: secret.getFingerprint(), bytes: Buffer.concat([primary, identity, foreign]) }
    }),
    signature: by(key),
    refused: ['KEY_INVALID', /which has no good signature of its own owner$/],
  },
}
