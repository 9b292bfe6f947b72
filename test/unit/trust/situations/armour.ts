import * as openpgp from 'openpgp'
import { binary, signBytes } from '../../../helpers/pgp.js'
import {
  by,
  BYTES,
  good,
  other,
  type Planted,
  rows,
  type Situation,
  type Situations,
  text,
  trustedForApp,
} from './situation.js'

const signature = async (): Promise<string> => Buffer.from(await by(good)()).toString()
const foreign = async (): Promise<string> => Buffer.from(await by(other)()).toString()
const key = async (): Promise<string> => (await good()).toPublic().armor()

type Change = (armour: string) => string

/** Text around armour, and armour as changed by mail and editors. */
const HARMLESS: Readonly<Record<string, Change>> = {
  'text before it': (armour) => `Hello,\n\nhere it is:\n${armour}`,
  'text behind it': (armour) => `${armour}\nCheers\n`,
  'text around it': (armour) => `-- \n${armour}\n-- \n`,
  'line ends of DOS': (armour) => armour.replaceAll(/\r?\n/g, '\r\n'),
  'blanks at the ends of its lines': (armour) => armour.replaceAll(/\r?\n/g, ' \t\n'),
  'headers for people': (armour) => armour.replace(/-----\r?\n/, '-----\nComment: made with care\nVersion: 7\n'),
  'no checksum': (armour) => armour.replace(/\r?\n=[A-Za-z0-9+/]{4}\r?\n/, '\n'),
  'no line end behind it': (armour) => armour.trimEnd(),
}

const damaged = (message: RegExp): Pick<Situation, 'refused'> => ({ refused: ['SIGNATURE_INVALID', message] })

const DAMAGED: Readonly<Record<string, Change>> = {
  'its end cut off': (armour) => armour.slice(0, 120),
  'no last line': (armour) => armour.replace(/-----END.*/s, ''),
  'no blank line before its content': (armour) => armour.replace(/\r?\n\r?\n/, '\n'),
  'letters that are no base64': (armour) => armour.replace(/\n([A-Za-z0-9+/]{9})/, '\n!?*!?*!?*'),
}

const planted = (make: () => Promise<string | Uint8Array>) => async (): Promise<Planted> => ({
  fingerprint: (await good()).getFingerprint(),
  bytes: Buffer.from(await make()),
})

/** Damage that gpg repairs. */
const GUESSED: Readonly<Record<string, string>> = {
  'no last line': 'gpg needs no last line',
  'no blank line before its content': 'gpg looks for the content itself',
}

const guessed = (what: string): Partial<Situation> => {
  const gpgDiffers = GUESSED[what]
  return gpgDiffers === undefined ? {} : { gpgDiffers }
}

/** Armour of signatures and of keys. */
export const ARMOUR: Situations = {
  ...rows(Object.entries(HARMLESS), ([what, change]) => [
    `a signature with ${what}`,
    { trusted: trustedForApp(good), signature: async () => Buffer.from(change(await signature())) },
  ]),
  ...rows(Object.entries(HARMLESS), ([what, change]) => [
    `a key with ${what}`,
    { trusted: trustedForApp(planted(async () => change(await key()))), signature: by(good) },
  ]),
  ...rows(Object.entries(DAMAGED), ([what, change]) => [
    `a signature with ${what}`,
    {
      trusted: trustedForApp(good),
      signature: async () => Buffer.from(change(await signature())),
      ...damaged(/the signature is broken: its armour is damaged$/),
      ...guessed(what),
    },
  ]),
  ...rows(Object.entries(DAMAGED), ([what, change]) => [
    `a key with ${what}`,
    {
      trusted: trustedForApp(planted(async () => change(await key()))),
      signature: by(good),
      refused: ['KEY_INVALID', /: not a PGP key: its armour is damaged$/],
      ...guessed(what),
    },
  ]),
  'two signatures in a block each, the first by a stranger': {
    trusted: trustedForApp(good),
    signature: async () => Buffer.from((await foreign()) + (await signature())),
  },
  'two signatures in a block each, the second by a stranger': {
    trusted: trustedForApp(good),
    signature: async () => Buffer.from(`${await signature()}\nand\n${await foreign()}`),
  },
  'a signature behind a key': {
    trusted: trustedForApp(good),
    signature: async () => Buffer.from((await key()) + (await signature())),
    ...damaged(/the signature is a PGP public key block$/),
  },
  'a good block behind a damaged one': {
    trusted: trustedForApp(good),
    signature: async () =>
      Buffer.from((await signature()).replace(/=[A-Za-z0-9+/=\r\n]*-----END.*/s, '') + (await signature())),
    ...damaged(/the signature is broken: its armour is damaged$/),
    gpgCannot: 'what gpg makes of it differs from version to version',
  },
  'a clear-signed text': {
    trusted: trustedForApp(good),
    signature: async () => {
      const message = await openpgp.createCleartextMessage({ text: 'image' })
      return Buffer.from(await openpgp.sign({ message, signingKeys: await good() }))
    },
    ...damaged(/^app\.aci: the signature is a clear-signed text, not detached$/),
  },
  'armour around rubbish': {
    trusted: trustedForApp(good),
    signature: text('-----BEGIN PGP SIGNATURE-----\n\naGVsbG8gd29ybGQ=\n-----END PGP SIGNATURE-----\n'),
    ...damaged(/the signature is (broken|a|empty|of)/),
  },
  'armour around nothing': {
    trusted: trustedForApp(good),
    signature: text('-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n'),
    ...damaged(/the signature is (empty|broken)/),
  },
  'armour of another kind around a signature': {
    trusted: trustedForApp(good),
    signature: async () => Buffer.from((await signature()).replaceAll('SIGNATURE', 'MESSAGE')),
    ...damaged(/the signature is a message with its own content, not detached$/),
    gpgDiffers: 'gpg looks at what is inside',
  },
  'a first line that is not the first of its line': {
    trusted: trustedForApp(good),
    signature: async () => Buffer.from((await signature()).replace('-----BEGIN', ':-----BEGIN')),
    ...damaged(/is not a PGP signature$/),
  },
  'a binary key': {
    trusted: trustedForApp(planted(async () => (await good()).toPublic().write())),
    signature: by(good),
  },
  'a binary signature with text behind it': {
    trusted: trustedForApp(good),
    signature: async () => Buffer.concat([binary(await signBytes(await good(), BYTES)), Buffer.from('\nbye\n')]),
    ...damaged(/the signature is broken: /),
    gpgCannot: 'gpg says both, good and broken',
  },
}
