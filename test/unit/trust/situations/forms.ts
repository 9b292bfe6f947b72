import * as openpgp from 'openpgp'
import { armoured, binary, makeKey, signBytes } from '../../../helpers/pgp.js'
import { packet, rawDetached, subpacket } from '../../../helpers/pgp-packets.js'
import {
  by,
  BYTES,
  good,
  once,
  other,
  rows,
  rsa,
  type Situation,
  type Situations,
  text,
  trustedForApp,
} from './situation.js'

const { signature: TYPE } = openpgp.enums

const none = (signature: () => Promise<Uint8Array>, message: RegExp, more: Partial<Situation> = {}): Situation => ({
  trusted: trustedForApp(good),
  signature,
  refused: ['SIGNATURE_INVALID', message],
  ...more,
})

const OTHERWISE = 'gpg looks at what is asked of it less closely: it also verifies what is signed in other ways'

const detached = (more: Partial<Parameters<typeof rawDetached>[1]>) => async (): Promise<Uint8Array> =>
  packet(2, await rawDetached(BYTES, { by: await good(), ...more }))

/** The forms of a packet's header. */
const HEADERS = ['new', 'old', 'old-long', 'five-octets'] as const

const CRITICAL = 0x80

/** Detached signatures of a file's bytes, and other things. */
export const FORMS: Situations = {
  ...rows(HEADERS, (form) => [
    `a signature whose packet header is ${form}`,
    {
      trusted: trustedForApp(good),
      signature: async () => packet(2, await rawDetached(BYTES, { by: await good() }), form),
    },
  ]),
  'a signature of other bytes': none(
    async () => armoured(await signBytes(await good(), Buffer.from('another image'))),
    /^app.aci: the signature by key [0-9a-f]{40} \(good <good@example.com>\) is of other bytes$/,
  ),
  'a signature of a prefix of the bytes': none(
    async () => armoured(await signBytes(await rsa(), BYTES.subarray(0, -1))),
    /is of other bytes$/,
    { trusted: trustedForApp(rsa) },
  ),
  'a signature of nothing': none(
    async () => armoured(await signBytes(await good(), Buffer.alloc(0))),
    /is of other bytes$/,
  ),
  'a signature of a text': none(by(good, { type: TYPE.text }), /the signature is of a text, not of a file's bytes$/, {
    gpgDiffers: OTHERWISE,
  }),
  'a signature of nothing (standalone)': none(by(good, { type: TYPE.standalone }), /the signature is not of a file$/),
  'a signature that must not be read without knowing what it notes': none(
    by(good, { criticalNotation: 'policy@example.com' }),
    /does not hold: unknown critical notation: policy@example\.com$/,
  ),
  'a signature with a part that must be known and is not': none(
    detached({ hashed: [subpacket(CRITICAL | 99, Buffer.of(1))] }),
    /does not hold: unknown critical signature subpacket type 99$/,
  ),
  'a signature with a part that nobody knows and need not': {
    trusted: trustedForApp(good),
    signature: detached({ hashed: [subpacket(99, Buffer.of(1))] }),
  },
  'a signature with any part that is not signed': {
    trusted: trustedForApp(good),
    signature: detached({
      unhashed: [subpacket(99, Buffer.of(1)), subpacket(16, Buffer.alloc(0))].slice(0, 1),
    }),
  },
  'a signature of version 3': none(
    async () => packet(2, await rawDetached(BYTES, { by: await rsa(), version: 3 })),
    /the signature is of a version that is not supported$/,
    { trusted: trustedForApp(rsa), gpgDiffers: 'gpg still takes the signatures of the nineties' },
  ),
  'a bad signature before a good one': {
    trusted: trustedForApp(good),
    signature: async () => armoured(await signBytes(await other(), BYTES), await signBytes(await good(), BYTES)),
  },
  'a signature of other bytes before a good one by the same key': {
    trusted: trustedForApp(good),
    signature: async () =>
      armoured(await signBytes(await good(), Buffer.from('x')), await signBytes(await good(), BYTES)),
    gpgDiffers: 'gpg stops at a bad one',
  },
  'a good signature before a bad one': {
    trusted: trustedForApp(good),
    signature: async () =>
      binary(await signBytes(await good(), BYTES), await signBytes(await good(), Buffer.from('x'))),
  },
  'two signatures, neither good: the nearer one is told': none(
    async () => armoured(await signBytes(await other(), BYTES), await signBytes(await good(), Buffer.from('x'))),
    /is of other bytes$/,
  ),
  'seventeen signatures': none(
    async () => {
      const one = await signBytes(await good(), BYTES)
      return binary(...Array.from({ length: 17 }, () => one))
    },
    /holds 17 signatures, more than 16$/,
    { gpgDiffers: 'it sets no bound, though each costs a reading of the file' },
  ),
  'a signed message, armoured': none(
    async () => Buffer.from((await inline('armored')) as string),
    /the signature is a message with its own content, not detached$/,
    { gpgCannot: OTHERWISE },
  ),
  'a signed message, binary': none(
    async () => (await inline('binary')) as Uint8Array,
    /the signature is a message with its own content, not detached$/,
    { gpgCannot: OTHERWISE },
  ),
  'a key in the place of a signature, armoured': none(
    async () => Buffer.from((await good()).toPublic().armor()),
    /the signature is a PGP public key block$/,
  ),
  'a key in the place of a signature, binary': none(
    async () => (await good()).toPublic().write(),
    /the signature is a PGP key$/,
  ),
  'a secret key in the place of a signature': none(
    async () => Buffer.from((await good()).armor()),
    /the signature is a PGP private key block$/,
  ),
  nothing: none(text(''), /the signature is empty$/),
  'a line end': none(text('\n'), /is not a PGP signature$/),
  "a web server's page": none(text('<!DOCTYPE html><title>404</title>'), /is not a PGP signature$/),
  'binary rubbish': none(() => Promise.resolve(Buffer.from('c2ffffffffff0102', 'hex')), /the signature is broken: /),
  'a signature cut off': none(
    async () => packet(2, await rawDetached(BYTES, { by: await good() })).subarray(0, -9),
    /the signature is broken: /,
  ),
  'a signature with rubbish behind': none(
    async () => Buffer.concat([packet(2, await rawDetached(BYTES, { by: await good() })), Buffer.from('rubbish')]),
    /the signature is broken: /,
    { gpgCannot: 'gpg says both, good and broken' },
  ),
  'a megabyte and more': none(() => Promise.resolve(Buffer.alloc((1 << 20) + 1, 0xc2)), /the signature is too large$/),
  'a subkey that may only encrypt': (() => {
    const key = once(() => makeKey({ type: 'rsa', rsaBits: 2048, subkeys: [{}] }))
    return {
      trusted: trustedForApp(key),
      signature: by(key),
      refused: ['KEY_INVALID', /signed by subkey .*, which may not sign$/],
    } as const
  })(),
}

async function inline(format: 'armored' | 'binary'): Promise<unknown> {
  const message = await openpgp.createMessage({ binary: new Uint8Array(BYTES) })
  return await openpgp.sign({ message, signingKeys: await good(), format: format as 'binary' })
}
