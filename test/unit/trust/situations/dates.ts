import * as openpgp from 'openpgp'
import { binary, daysAgo, makeKey, SECONDS_A_DAY, type SecretKey, signBytes } from '../../../helpers/pgp.js'
import { by, BYTES, expired, good, NAME, once, rows, type Situations, trustedForApp } from './situation.js'

const secondsAhead = (seconds: number): Date => new Date(Math.floor(Date.now() / 1000 + seconds) * 1000)

const expiredSubkey = once(() =>
  makeKey({ name: 'oldsubkey', subkeys: [{ sign: true, keyExpirationTime: 5 * SECONDS_A_DAY }] }),
)
const mayExpire = once(() => makeKey({ name: 'mayexpire', keyExpirationTime: 1000 * SECONDS_A_DAY }))

const keyAhead = (seconds: number): (() => Promise<SecretKey>) =>
  once(() => makeKey({ name: 'ahead', date: secondsAhead(seconds) }))

/** A signature that is as far in the future as its key. */
const justAfter = (key: () => Promise<SecretKey>) => async (): Promise<Uint8Array> => {
  const made = (await key()).getCreationTime()
  return await by(key, { date: new Date(made.getTime() + 1000) })()
}

const CLOCK = 'gpg takes signatures from any future'
const STRICT_CLOCK = 'gpg takes no key from a future, however near'

const AHEAD = [30, 120, 240]
const TOO_FAR = [400, 4000, 3 * SECONDS_A_DAY]

/** The copy of a key that never expires. */
export const prolonged = (make: () => Promise<SecretKey>): (() => Promise<openpgp.PublicKey>) =>
  once(async () => {
    const { publicKey } = await openpgp.reformatKey({
      privateKey: await openpgp.readPrivateKey({ binaryKey: (await make()).write() }),
      userIDs: [{ name: 'expired', email: 'expired@example.com' }],
      keyExpirationTime: 0,
      date: daysAgo(1),
      format: 'object',
    })
    return publicKey
  })

/** Wrong clocks, and expired keys and signatures. */
export const DATES: Situations = {
  ...rows(AHEAD, (seconds) => [
    `a signature ${seconds} s from the future`,
    {
      trusted: trustedForApp(good),
      signature: by(good, { date: secondsAhead(seconds) }),
      warning: /^app.aci: the signature by key .* is \d+ s from the future: is this host's clock right\?$/,
    },
  ]),
  ...rows(TOO_FAR, (seconds) => [
    `a signature ${seconds} s from the future`,
    {
      trusted: trustedForApp(good),
      signature: by(good, { date: secondsAhead(seconds) }),
      refused: ['SIGNATURE_INVALID', /the signature by .* is from the future \(\d{4}-.*\)$/],
      gpgDiffers: CLOCK,
    },
  ]),
  ...rows(AHEAD, (seconds) => {
    const key = keyAhead(seconds)
    return [
      `a key ${seconds} s from the future`,
      {
        trusted: trustedForApp(key),
        signature: justAfter(key),
        warning: /\nkey [0-9a-f]{40} \(ahead .*\) is \d+ s from the future: is this host's clock right\?$/,
        gpgDiffers: STRICT_CLOCK,
      },
    ]
  }),
  ...rows(TOO_FAR, (seconds) => {
    const key = keyAhead(seconds)
    return [
      `a key ${seconds} s from the future`,
      {
        trusted: trustedForApp(key),
        signature: justAfter(key),
        refused: ['KEY_INVALID', /which is from the future \(\d{4}-\d\d-\d\d\)$/],
      },
    ]
  }),
  'a signature that expired': {
    trusted: trustedForApp(good),
    signature: by(good, { date: daysAgo(5), lastsSeconds: SECONDS_A_DAY }),
    refused: ['SIGNATURE_INVALID', /the signature by .* expired on \d{4}-\d\d-\d\d$/],
  },
  'a signature that has yet to expire': {
    trusted: trustedForApp(good),
    signature: by(good, { lastsSeconds: 100 * SECONDS_A_DAY }),
  },
  'a signature older than its key': {
    trusted: trustedForApp(good),
    signature: by(good, { date: daysAgo(20) }),
    refused: ['SIGNATURE_INVALID', /the signature by .* is older than its key$/],
  },
  "a good signature's date put forward": {
    trusted: trustedForApp(good),
    signature: async () => binary(redated(await signBytes(await good(), BYTES, { date: daysAgo(2) }))),
    refused: ['SIGNATURE_INVALID', /is of other bytes$/],
  },
  'a key that has yet to expire': { trusted: trustedForApp(mayExpire), signature: by(mayExpire) },
  'an expired key': {
    trusted: trustedForApp(expired),
    signature: by(expired),
    refused: [
      'KEY_INVALID',
      /^app.aci: signed by key [0-9a-f]{40} \(expired <.*>\), which expired on \d{4}-\d\d-\d\d$/,
    ],
  },
  'an expired key, signed while it was good': {
    trusted: trustedForApp(expired),
    signature: by(expired, { date: daysAgo(9) }),
    refused: ['KEY_INVALID', /which expired on/],
  },
  'a key that is prolonged': { trusted: trustedForApp(prolonged(expired)), signature: by(expired) },
  'a key that expired in one place and is prolonged in another that counts': {
    trusted: [
      ['local', NAME, expired],
      ['local', null, prolonged(expired)],
    ],
    signature: by(expired),
  },
  ...rows(['example.com/other', 'example.org', 'example.com/app/part'], (prefix) => [
    `an expired key, which is prolonged for ${prefix}`,
    {
      trusted: [
        ['local', NAME, expired],
        ['local', prefix, prolonged(expired)],
      ],
      signature: by(expired),
      refused: ['KEY_INVALID', /which expired on/],
      gpgDiffers: 'it knows no prefixes: a key is prolonged for everything',
    },
  ]),
  'a prolonged key that a stronger level has without the prolongation': {
    trusted: [
      ['user', NAME, expired],
      ['local', NAME, prolonged(expired)],
    ],
    signature: by(expired),
    refused: ['KEY_INVALID', /which expired on/],
    gpgDiffers: 'it knows no levels',
  },
  'an expired subkey of a good key': {
    trusted: trustedForApp(expiredSubkey),
    signature: by(expiredSubkey),
    refused: ['KEY_INVALID', /signed by subkey [0-9a-f]{40} of key [0-9a-f]{40} .*, which has expired$/],
  },
  'the primary key of an expired subkey': {
    trusted: trustedForApp(expiredSubkey),
    signature: by(expiredSubkey, { part: 0 }),
  },
}

/** With a creation date that differs from the signed one. */
function redated(packet: openpgp.SignaturePacket): openpgp.SignaturePacket {
  const data = Buffer.from((packet.signatureData ?? new Uint8Array()).buffer)
  data.writeUInt32BE(Math.floor(daysAgo(1).getTime() / 1000), 8)
  return packet
}
