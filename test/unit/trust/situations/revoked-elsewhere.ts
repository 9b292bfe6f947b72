import { armoured, packetsOf } from '../../../helpers/pgp-packets.js'
import * as openpgp from 'openpgp'
import { key, revocation, revoked, stranger } from './revoked-keys.js'
import { by, NAME, once, type Planted, rows, type Situation, type Situations, trustedForApp } from './situation.js'

const LEVELS = ['system', 'local', 'user'] as const
const SCOPES = [NAME, 'example.com', 'elsewhere.org', null]

const bySubkey = by(key, { part: 1 })

const WAS_REVOKED: Pick<Situation, 'signature' | 'refused'> = {
  signature: bySubkey,
  refused: [
    'KEY_INVALID',
    /signed by (?:subkey [0-9a-f]{40} of )?key [0-9a-f]{40} .*, which was revoked(?:: it is compromised)?$/,
  ],
}

const PAIRS = LEVELS.flatMap((good) => LEVELS.flatMap((bad) => SCOPES.map((scope) => ({ good, bad, scope })))).filter(
  ({ good, bad, scope }) => good !== bad || scope !== NAME,
)

const OF = {
  'key (version 4)': revoked({ of: 'key' }),
  'subkey (version 4)': revoked({ of: 'subkey' }),
  'key (version 3)': revoked({ of: 'key', version: 3 }),
}

const mask = async (): Promise<Planted> => ({ fingerprint: (await key()).getFingerprint(), bytes: Buffer.alloc(0) })

const fileOf = (make: () => Promise<Uint8Array>): (() => Promise<Planted>) =>
  once(async () => ({ fingerprint: (await key()).getFingerprint(), bytes: await make() }))

const publicKey = async (): Promise<Buffer> => Buffer.concat(packetsOf(await key()))
const { publicKey: KEY_BLOCK, signature: SIGNATURE_BLOCK } = openpgp.enums.armor

/** A key and its revocation in one file, in any arrangement. */
const TOGETHER: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  'in one block': async () => armoured(KEY_BLOCK, Buffer.concat([await publicKey(), await revocation({})])),
  'binary, one behind the other': async () => Buffer.concat([await publicKey(), await revocation({})]),
  'binary, the revocation first': async () => Buffer.concat([await revocation({}), await publicKey()]),
  'in a block each': async () =>
    Buffer.concat([armoured(KEY_BLOCK, await publicKey()), armoured(KEY_BLOCK, await revocation({}))]),
  'in a block each, the revocation first': async () =>
    Buffer.concat([armoured(KEY_BLOCK, await revocation({})), armoured(KEY_BLOCK, await publicKey())]),
  'in a block each, the revocation as a signature': async () =>
    Buffer.concat([armoured(KEY_BLOCK, await publicKey()), armoured(SIGNATURE_BLOCK, await revocation({}))]),
}

const ORDER = 'gpg drops a revocation that comes before its key'

/** A revocation is effective from any file, permanently. */
export const REVOKED_ELSEWHERE: Situations = {
  ...rows(
    Object.entries(OF).flatMap(([what, make]) => PAIRS.map((pair) => ({ what, make, ...pair }))),
    ({ what, make, good, bad, scope }) => [
      `a good key of the ${good} level, while the ${bad} level has its ${what} as revoked for ${scope ?? 'every image'}`,
      {
        trusted: [
          [good, NAME, key],
          [bad, scope, make],
        ],
        ...WAS_REVOKED,
      },
    ],
  ),
  ...rows(['local', 'user'] as const, (level) => [
    `a good key, while a masked file of another scope has it as revoked (mask of the ${level} level)`,
    {
      trusted: [
        ['local', NAME, key],
        ['system', 'elsewhere.org', revoked({})],
        [level, 'elsewhere.org', mask],
      ],
      ...WAS_REVOKED,
    },
  ]),
  ...rows(Object.entries(TOGETHER), ([how, make]) => [
    `a key and its revocation ${how}`,
    {
      trusted: trustedForApp(fileOf(make)),
      ...WAS_REVOKED,
      ...(how === 'binary, the revocation first' && { gpgDiffers: ORDER }),
    },
  ]),
  'a good key and the revocation of another': {
    trusted: [
      ['local', NAME, key],
      ['local', NAME, stranger],
      [
        'system',
        'elsewhere.org',
        fileOf(async () => Buffer.concat([await publicKey(), await revocation({ maker: stranger })])),
      ],
    ],
    signature: bySubkey,
  },
}
