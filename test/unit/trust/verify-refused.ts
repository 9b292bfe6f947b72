import * as openpgp from 'openpgp'
import { armoured, binary, daysAgo, makeKey, SECONDS_A_DAY, type SecretKey, signBytes } from '../../helpers/pgp.js'
import { by, BYTES, type Case, expired, good, NAME, once, other, rsa, text, trustedForApp } from './verify-case.js'

const { hash: HASH, signature: TYPE } = openpgp.enums

const expiredSubkey = once(() =>
  makeKey({ name: 'oldsubkey', subkeys: [{ sign: true, keyExpirationTime: 5 * SECONDS_A_DAY }] }),
)
const future = once(() => makeKey({ name: 'future', date: daysAgo(-10) }))
const { keyCompromised, keyRetired, keySuperseded, noReason } = openpgp.enums.reasonForRevocation

const revokedFor = (flag: openpgp.enums.reasonForRevocation): (() => Promise<SecretKey>) =>
  once(async () => (await makeKey({ name: 'revoked' })).revoke({ flag }, daysAgo(1)))

const revokedSubkey = once(async () => {
  const key = await makeKey({ name: 'revokedsubkey', subkeys: [{ sign: true }] })
  const [subkey] = key.subkeys
  if (subkey === undefined) throw new Error('no subkey')
  key.subkeys[0] = await subkey.revoke(key.keyPacket as openpgp.SecretKeyPacket, { flag: keyCompromised }, daysAgo(1))
  return key
})

/** Key IDs are in messages; this is where they stand. */
const KEY = 'key [0-9a-f]{40}'
const INVALID = 'SIGNATURE_INVALID'

/** Signatures that must be refused, and in which words. */
export const REFUSED: Readonly<Record<string, Case>> = {
  // whose it is
  'no key at all': {
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /^app\.aci: signed by key [0-9a-f]{40}, which is not trusted for example\.com\/app$/],
  },
  'another key than the trusted one': {
    trusted: trustedForApp(other),
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /signed by key [0-9a-f]{40}, which is not trusted for example\.com\/app$/],
  },
  'no key, while the name is not known': {
    signature: by(good),
    imageName: undefined,
    refused: ['KEY_UNTRUSTED', /signed by key [0-9a-f]{40}, which is not trusted$/],
  },
  'the right key for a sibling': {
    trusted: [['local', 'example.com/other', good]],
    signature: by(good),
    refused: [
      'KEY_UNTRUSTED',
      new RegExp(
        `signed by ${KEY} \\(good <good@example.com>\\), which is trusted for example.com/other, not for example.com/app$`,
      ),
    ],
  },
  "a key for half a path element (rkt's bug)": {
    trusted: [['local', 'example.com/ap', good]],
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /trusted for example\.com\/ap, not for example\.com\/app$/],
  },
  'a key for half a domain': {
    trusted: [['local', 'example.co', good]],
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /trusted for example\.co, not for/],
  },
  'a key for something below the name': {
    trusted: [['local', 'example.com/app/part', good]],
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /trusted for example\.com\/app\/part, not for/],
  },
  'the right key for two other prefixes': {
    trusted: [
      ['local', 'a.org', good],
      ['local', 'b.org', good],
    ],
    signature: by(good),
    refused: ['KEY_UNTRUSTED', /trusted for a\.org, b\.org, not for/],
  },
  'a signature that names no key': {
    trusted: trustedForApp(good),
    signature: async () => binary(anonymous(await signBytes(await good(), BYTES))),
    refused: [INVALID, /the signature does not say whose it is$/],
  },

  // the bytes
  'a signature of other bytes': {
    trusted: trustedForApp(good),
    signature: async () => armoured(await signBytes(await good(), Buffer.from('another image'))),
    refused: [
      INVALID,
      new RegExp(`^app.aci: the signature by ${KEY} \\(good <good@example.com>\\) is of other bytes$`),
    ],
  },
  'a signature of a prefix of the bytes': {
    trusted: trustedForApp(rsa),
    signature: async () => armoured(await signBytes(await rsa(), BYTES.subarray(0, -1))),
    refused: [INVALID, /is of other bytes$/],
  },
  "a good signature's date put forward": {
    trusted: trustedForApp(good),
    signature: async () => binary(redated(await signBytes(await good(), BYTES, { date: daysAgo(2) }))),
    refused: [INVALID, /is of other bytes$/],
  },
  "somebody else's signature under a trusted name": {
    trusted: trustedForApp(good),
    signature: async () => {
      const forged = await signBytes(await other(), BYTES)
      const real = await signBytes(await good(), BYTES)
      Object.assign(forged, { signatureData: real.signatureData, issuerKeyID: real.issuerKeyID })
      return binary(forged)
    },
    refused: [INVALID, /is of other bytes$/],
  },

  // dates
  'a signature from the future': {
    trusted: trustedForApp(good),
    signature: by(good, { date: daysAgo(-3) }),
    refused: [INVALID, /the signature by .* is from the future \(\d{4}-/],
  },
  'a signature that expired': {
    trusted: trustedForApp(good),
    signature: by(good, { date: daysAgo(5), lastsSeconds: SECONDS_A_DAY }),
    refused: [INVALID, /the signature by .* expired on \d{4}-\d\d-\d\d$/],
  },
  'a signature older than its key': {
    trusted: trustedForApp(good),
    signature: by(good, { date: daysAgo(20) }),
    refused: [INVALID, /the signature by .* is older than its key$/],
  },

  // the key's condition
  'an expired key': {
    trusted: trustedForApp(expired),
    signature: by(expired),
    refused: [
      'KEY_INVALID',
      new RegExp(`^app.aci: signed by ${KEY} \\(expired <.*>\\), which expired on \\d{4}-\\d\\d-\\d\\d$`),
    ],
  },
  'an expired key, signed while it was good': {
    trusted: trustedForApp(expired),
    signature: by(expired, { date: daysAgo(9) }),
    refused: ['KEY_INVALID', /which expired on/],
  },
  'a key from the future': {
    trusted: trustedForApp(future),
    signature: by(future, { date: daysAgo(-10) }),
    refused: ['KEY_INVALID', /which is from the future/],
  },
  ...Object.fromEntries(
    (
      [
        [keyCompromised, 'compromised', /which was revoked: it is compromised$/],
        [keyRetired, 'retired', /which was revoked: it is no longer used$/],
        [keySuperseded, 'superseded', /which was revoked: it was replaced by another$/],
        [noReason, 'revoked without a reason', /which was revoked$/],
      ] as const
    ).map(([flag, how, message]) => {
      const key = revokedFor(flag)
      return [
        `a key that is ${how}`,
        { trusted: trustedForApp(key), signature: by(key, { date: daysAgo(3) }), refused: ['KEY_INVALID', message] },
      ]
    }),
  ),
  'a key that is revoked in a place that is not about this image': (() => {
    const key = once(() => makeKey({ name: 'half' }))
    const revoked = once(async () =>
      (await openpgp.readPrivateKey({ binaryKey: (await key()).write() })).revoke({ flag: keyCompromised }),
    )
    return {
      trusted: [
        ['local', NAME, key],
        ['system', 'other.org', revoked],
      ],
      signature: by(key),
      refused: ['KEY_INVALID', /which was revoked: it is compromised$/],
    } as const
  })(),
  'an expired subkey of a good key': {
    trusted: trustedForApp(expiredSubkey),
    signature: by(expiredSubkey),
    refused: ['KEY_INVALID', new RegExp(`signed by subkey [0-9a-f]{40} of ${KEY} .*, which has expired$`)],
  },
  'a revoked subkey of a good key': {
    trusted: trustedForApp(revokedSubkey),
    signature: by(revokedSubkey),
    refused: [
      'KEY_INVALID',
      new RegExp(`signed by subkey [0-9a-f]{40} of ${KEY} .*, which was revoked: it is compromised$`),
    ],
  },
  'a subkey that may only encrypt': (() => {
    const key = once(() => makeKey({ type: 'rsa', rsaBits: 2048, subkeys: [{}] }))
    return {
      trusted: trustedForApp(key),
      signature: by(key),
      refused: ['KEY_INVALID', /signed by subkey .*, which may not sign$/],
    } as const
  })(),

  // weakness
  'a signature with MD5': weakHash(HASH.md5, 'MD5'),
  'a signature with SHA-1': weakHash(HASH.sha1, 'SHA1'),
  'a signature with RIPEMD-160': weakHash(HASH.ripemd, 'RIPEMD'),
  'a 1024-bit RSA key': (() => {
    const key = once(() => makeKey({ type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } }))
    return {
      trusted: trustedForApp(key),
      signature: by(key),
      refused: ['KEY_INVALID', /which is too weak: 1024-bit RSA$/],
    } as const
  })(),

  // what is no detached signature of a file
  'a signature of a text': {
    trusted: trustedForApp(good),
    signature: by(good, { type: TYPE.text }),
    refused: [INVALID, /the signature is of a text, not of a file's bytes$/],
  },
  'a signature of nothing (standalone)': {
    trusted: trustedForApp(good),
    signature: by(good, { type: TYPE.standalone }),
    refused: [INVALID, /the signature is not of a file$/],
  },
  'a signature that must not be read without knowing what it notes': {
    trusted: trustedForApp(good),
    signature: by(good, { criticalNotation: 'policy@example.com' }),
    refused: [INVALID, /does not hold: unknown critical notation: policy@example\.com$/],
  },
  'a clear-signed text': {
    signature: async () => {
      const message = await openpgp.createCleartextMessage({ text: 'image' })
      return Buffer.from(await openpgp.sign({ message, signingKeys: await good() }))
    },
    refused: [INVALID, /^app\.aci: the signature is a clear-signed text, not detached$/],
  },
  'a signed message, armoured': {
    signature: async () => Buffer.from((await inline('armored')) as string),
    refused: [INVALID, /the signature is a message with its own content, not detached$/],
  },
  'a signed message, binary': {
    signature: async () => (await inline('binary')) as Uint8Array,
    refused: [INVALID, /the signature is a message with its own content, not detached$/],
  },
  'a key in the place of a signature, armoured': {
    signature: async () => Buffer.from((await good()).toPublic().armor()),
    refused: [INVALID, /the signature is a PGP public key block$/],
  },
  'a key in the place of a signature, binary': {
    signature: async () => (await good()).toPublic().write(),
    refused: [INVALID, /the signature is a PGP key$/],
  },
  nothing: { signature: text(''), refused: [INVALID, /the signature is empty$/] },
  "a web server's page": {
    signature: text('<!DOCTYPE html><title>404</title>'),
    refused: [INVALID, /is not a PGP signature$/],
  },
  'armour cut off': {
    signature: async () => (await by(good)()).subarray(0, 120),
    refused: [INVALID, /the signature is broken: /],
  },
  'armour around rubbish': {
    signature: text('-----BEGIN PGP SIGNATURE-----\n\naGVsbG8gd29ybGQ=\n-----END PGP SIGNATURE-----\n'),
    refused: [INVALID, /the signature is (broken|a|empty|of)/],
  },
  'armour around nothing': {
    signature: text('-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n'),
    refused: [INVALID, /the signature is (empty|broken)/],
  },
  'binary rubbish': {
    signature: () => Promise.resolve(Buffer.from('c2ffffffffff0102', 'hex')),
    refused: [INVALID, /the signature is broken: /],
  },
  'a signature of version 3': {
    signature: () => Promise.resolve(Buffer.from('c213030500000000000000000000000001080000000101', 'hex')),
    refused: [INVALID, /the signature is (of a version that is not supported|broken: )/],
  },
  'a megabyte and more': {
    signature: () => Promise.resolve(Buffer.alloc((1 << 20) + 1, 0xc2)),
    refused: [INVALID, /the signature is too large$/],
  },
  'seventeen signatures': {
    trusted: trustedForApp(good),
    signature: async () => {
      const one = await signBytes(await good(), BYTES)
      return binary(...Array.from({ length: 17 }, () => one))
    },
    refused: [INVALID, /holds 17 signatures, more than 16$/],
  },
  'two signatures, neither good: the nearer one is told': {
    trusted: trustedForApp(good),
    signature: async () =>
      armoured(await signBytes(await other(), BYTES), await signBytes(await good(), Buffer.from('x'))),
    refused: [INVALID, /is of other bytes$/],
  },
}

function weakHash(hash: openpgp.enums.hash, called: string): Case {
  return {
    trusted: trustedForApp(rsa),
    signature: by(rsa, { hash }),
    refused: [INVALID, new RegExp(`^app.aci: the signature uses ${called}, which is too weak$`)],
  }
}

async function inline(format: 'armored' | 'binary'): Promise<unknown> {
  const message = await openpgp.createMessage({ binary: new Uint8Array(BYTES) })
  return await openpgp.sign({ message, signingKeys: await good(), format: format as 'binary' })
}

/** Without the fingerprint (33) and the ID (16) of its issuer: their subpackets become ones nobody knows. */
function anonymous(packet: openpgp.SignaturePacket): openpgp.SignaturePacket {
  const data = packet.signatureData ?? new Uint8Array()
  for (let at = 6; at < data.length; at += (data[at] ?? 0) + 1)
    if ([16, 33].includes(data[at + 1] ?? 0)) data[at + 1] = 100
  return packet
}

/** With another day of making than the one that was signed. */
function redated(packet: openpgp.SignaturePacket): openpgp.SignaturePacket {
  const data = Buffer.from((packet.signatureData ?? new Uint8Array()).buffer)
  data.writeUInt32BE(Math.floor(daysAgo(1).getTime() / 1000), 8)
  return packet
}
