import * as openpgp from 'openpgp'
import { daysAgo } from '../../../helpers/pgp.js'
import { type Form, packetsOf, subpacket } from '../../../helpers/pgp-packets.js'
import {
  designated,
  key,
  type Revocation,
  revocation,
  revoked,
  stranger,
  type Target,
  TARGETS,
} from './revoked-keys.js'
import { by, type Planted, type Places, rows, type Situation, type Situations, trustedForApp } from './situation.js'

const { hash: HASH, signature: TYPE } = openpgp.enums

const bySubkey = by(key, { part: 1 })
const byKey = by(key, { part: 0 })

const WAS: Readonly<Record<Target, Pick<Situation, 'refused' | 'signature'>>> = {
  key: {
    signature: bySubkey,
    refused: ['KEY_INVALID', /signed by key [0-9a-f]{40} \(revocable .*\), which was revoked/],
  },
  subkey: {
    signature: bySubkey,
    refused: ['KEY_INVALID', /signed by subkey [0-9a-f]{40} of key .*, which was revoked/],
  },
  // the key is identified by its fingerprint, not by its name
  'user ID': { signature: bySubkey },
}

const DIGESTS = ['md5', 'sha1', 'ripemd', 'sha224', 'sha256', 'sha384', 'sha512'] as const
const VERSIONS = [3, 4] as const
const FORMS: readonly Form[] = ['new', 'old', 'old-long', 'five-octets']

const each = <T, U>(some: readonly T[], more: readonly U[]): readonly (readonly [T, U])[] =>
  some.flatMap((one) => more.map((two) => [one, two] as const))

const MD5 = 'gpg 2.2 looks at nothing with MD5 any more; whoever signed it, it was with the key'
const counts = (of: Target, more: Revocation, rest: Partial<Situation> = {}): Situation => ({
  trusted: trustedForApp(revoked({ of, ...more })),
  ...WAS[of],
  ...rest,
})

const ignored = (more: Revocation, rest: Partial<Situation> = {}): Situation => ({
  trusted: trustedForApp(revoked(more)),
  signature: bySubkey,
  ...rest,
})

const REASONS: readonly (readonly [reason: number, message: RegExp])[] = [
  [0, /which was revoked$/],
  [1, /which was revoked: it was replaced by another$/],
  [2, /which was revoked: it is compromised$/],
  [3, /which was revoked: it is no longer used$/],
  [100, /which was revoked$/],
]

const POSITIONS = ['behind the key', 'behind the user ID', 'behind its signature', 'behind the subkey', 'at the end']

const DATES: readonly (readonly [what: string, date: Date, Partial<Situation>])[] = [
  ['yesterday', daysAgo(1), {}],
  ['tomorrow', daysAgo(-1), {}],
  ['next year', daysAgo(-365), {}],
  [
    'before the key was made',
    daysAgo(30),
    { gpgDiffers: 'gpg does not look at signatures older than their key; whoever set the date had the key' },
  ],
]

const CRITICAL = 0x80

/** Revocations in a key's own file. */
export const REVOCATIONS: Situations = {
  ...rows(each(each(TARGETS, DIGESTS), VERSIONS), ([[of, digest], version]) => [
    `a revocation of the ${of} with ${digest}, version ${version}`,
    counts(
      of,
      { hash: HASH[digest], version, ...(version === 4 && { hashed: [subpacket(29, Buffer.of(2))] }) },
      digest === 'md5' && of !== 'user ID' ? { gpgDiffers: MD5 } : {},
    ),
  ]),
  ...rows(each(each(['key', 'subkey'] as const, FORMS), VERSIONS), ([[of, form], version]) => [
    `a revocation of the ${of}, version ${version}, whose packet header is ${form}`,
    counts(of, { form, version }),
  ]),
  'a revocation whose packet comes in parts': counts(
    'key',
    { form: 'partial' },
    { gpgCannot: 'gpg takes no such file of keys' },
  ),
  'a revocation whose packet ends with the file': counts(
    'key',
    { form: 'indeterminate', at: 5 },
    { gpgCannot: 'gpg takes no such file of keys' },
  ),
  ...rows(REASONS, ([reason, message]) => [
    `a revocation for reason ${reason}`,
    counts('key', { reason }, { refused: ['KEY_INVALID', message] }),
  ]),
  ...rows(REASONS, ([reason, message]) => [
    `a revocation of the subkey for reason ${reason}`,
    counts('subkey', { reason }, { refused: ['KEY_INVALID', message] }),
  ]),
  ...rows(POSITIONS, (position) => [
    `a revocation of the key ${position}`,
    counts('key', { at: POSITIONS.indexOf(position) + 1 }),
  ]),
  ...rows(DATES, ([what, date, more]) => [`a revocation of ${what}`, counts('key', { date }, more)]),
  ...rows(DATES, ([what, date, more]) => [`a revocation of the subkey of ${what}`, counts('subkey', { date }, more)]),
  'a revocation that expired': counts('key', { hashed: [subpacket(3, Buffer.of(0, 0, 0, 60))] }),
  'a revocation with a part that must be known and is not': counts(
    'key',
    { hashed: [subpacket(CRITICAL | 99, Buffer.of(1))] },
    { gpgDiffers: 'gpg takes it for broken; but it was made with the key' },
  ),
  'a signature of before the revocation': counts('key', {}, { signature: by(key, { date: daysAgo(8) }) }),
  'two revocations, the first of them broken': {
    ...WAS.key,
    trusted: trustedForApp(revoked({}, { isBroken: true })),
  },
  'a signature by the primary key of a revoked subkey': ignored({ of: 'subkey' }, { signature: byKey }),
  'a signature by the primary key itself, revoked': counts('key', {}, { signature: byKey }),
  'a broken revocation': ignored({ isBroken: true }),
  'a broken revocation of version 3': ignored({ isBroken: true, version: 3 }),
  'a broken revocation of the subkey': ignored({ of: 'subkey', isBroken: true }),
  'a revocation by a stranger': ignored({ maker: stranger }),
  'a revocation of the subkey by a stranger': ignored({ of: 'subkey', maker: stranger }),
  'a revocation by a stranger under the name of the key': (() => {
    const forged = async (): Promise<Planted> => {
      const secret = await key()
      const names = { hashed: [], unhashed: [subpacket(16, Buffer.from(secret.getKeyID().toHex(), 'hex'))] }
      const packets = packetsOf(secret)
      packets.splice(1, 0, await revocation({ maker: stranger, ...names }))
      return { fingerprint: secret.getFingerprint(), bytes: Buffer.concat(packets) }
    }
    return { trusted: trustedForApp(forged), signature: bySubkey }
  })(),
  'a revocation that does not say whose it is': ignored({ hashed: [], unhashed: [] }),
  'a signature of the key itself that is no revocation': ignored({ type: TYPE.key }),
  'a revocation of the key where one of the subkey belongs': counts('key', { at: 5 }),
  'a key that somebody may revoke, and did': {
    trusted: [
      ['local', 'example.com/app', designated(true)],
      ['local', 'elsewhere', stranger],
    ],
    ...WAS.key,
  },
  'a key that somebody may revoke, and did not': {
    trusted: [
      ['local', 'example.com/app', designated(false)],
      ['local', 'elsewhere', stranger],
    ],
    signature: bySubkey,
  },
  'a key revoked by somebody of whom only he himself says that he may': {
    trusted: [
      ['local', 'example.com/app', designated(true, { by: stranger })],
      ['local', 'elsewhere', stranger],
    ],
    signature: bySubkey,
  },
  'a key revoked by somebody whom it names, but not as one who may': {
    trusted: [
      ['local', 'example.com/app', designated(true, { bit: 0 })],
      ['local', 'elsewhere', stranger],
    ],
    signature: bySubkey,
  },
  'a key that somebody who is not known may revoke, and seems to have': {
    trusted: trustedForApp(designated(true)),
    signature: bySubkey,
    warning:
      /^key [0-9a-f]{40} \(revocable .*\) bears a revocation by key [0-9a-f]{40}, which may revoke it but is not known here$/,
  },
  'a key that somebody may revoke, and did, in a copy for others': {
    trusted: [
      ['local', 'example.com/app', key],
      ['system', 'elsewhere', designated(true)],
      ['system', 'elsewhere', stranger],
    ] satisfies Places,
    ...WAS.key,
  },
}
