import { messageOf, RuntimeError } from '#schema/errors.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'

/** More than any honest file of keys has. */
export const MAX_KEY_BYTES = 1 << 20

/**
 * The public keys of a file, armoured or binary. `subject` is what messages call it. Errors: KEY_INVALID for what is no public
 * key, among it a secret key, which has no business in a keystore.
 */
export async function readPublicKeys(bytes: Uint8Array, subject: string): Promise<OpenPGP.PublicKey[]> {
  const keys = await readKeys(bytes, subject)
  if (!keys.some((key) => key.isPrivate())) return keys.map((key) => key.toPublic())
  throw new RuntimeError('KEY_INVALID', `${subject}: a secret key; only its public half may be given away`, {
    hint: 'gpg --armor --export KEYID > key.asc',
  })
}

/** The keys of a file, public and secret. Errors: KEY_INVALID. */
export async function readKeys(bytes: Uint8Array, subject: string): Promise<OpenPGP.Key[]> {
  if (bytes.length === 0) throw new RuntimeError('KEY_INVALID', `${subject}: empty, not a key`)
  if (bytes.length > MAX_KEY_BYTES) throw new RuntimeError('KEY_INVALID', `${subject}: too large for a key`)
  const openpgp = await loadOpenPGP()
  const armoured = isText(bytes)
  if (armoured) checkKeyArmour(Buffer.from(bytes).toString('latin1'), subject)
  try {
    return armoured
      ? await openpgp.readKeys({ armoredKeys: Buffer.from(bytes).toString('latin1') })
      : await openpgp.readKeys({ binaryKeys: bytes })
  } catch (cause) {
    throw new RuntimeError('KEY_INVALID', `${subject}: not a PGP key: ${plain(cause)}`, { cause })
  }
}

/** Every OpenPGP packet begins with a byte that is no ASCII. */
export const isText = (bytes: Uint8Array): boolean => (bytes[0] ?? 0) < 0x80

function checkKeyArmour(text: string, subject: string): void {
  const what = /-----BEGIN PGP ([A-Z ]+)-----/.exec(text)?.[1]
  if (what === 'PUBLIC KEY BLOCK' || what === 'PRIVATE KEY BLOCK') return
  const is = what === undefined ? 'not a PGP key' : `a PGP ${what.toLowerCase()}, not a key`
  throw new RuntimeError('KEY_INVALID', `${subject}: ${is}`)
}

/** openpgp's messages, as parts of ours. */
export const plain = (error: unknown): string =>
  messageOf(error)
    .replace(/^Error (?:while )?\w+ing: /, '')
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
    .replace(/\.$/, '')

/** `ABCD 0123 …`, for people who compare. */
export const spaced = (fingerprint: string): string => (fingerprint.toUpperCase().match(/.{4}/g) ?? []).join(' ')

/** What a key says of its owner first, in one line without control characters. */
export const identitiesOf = (key: OpenPGP.Key): string[] => key.getUserIDs().map(printable)

/** What comes from a key or a server must not drive a terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}|\p{Cf}/gu, '�')
