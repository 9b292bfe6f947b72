import { writeSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { type OutputOptions, writeOutputFile } from '../files/output-file.js'
import { digestOf } from './digest.js'
import { nameOfKey, usable } from './key-condition.js'
import { readKeyFile } from './key-files.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { type PassphraseSource, readPassphrase } from './passphrase.js'
import { plain, readKeys } from './read-key.js'

/** The file of a key to sign with. */
export interface KeySource {
  /** A secret key, armoured or binary. */
  readonly path: string
  /** Where the passphrase of a protected one comes from; the terminal by itself. */
  readonly passphrase?: PassphraseSource
}

/** A secret key that is ready to sign. */
export interface SigningKey {
  /** Of the primary key. */
  readonly fingerprint: string
  /** The key or the subkey of it that signs. */
  readonly packet: OpenPGP.SecretKeyPacket | OpenPGP.SecretSubkeyPacket
}

/**
 * Reads a secret key and opens it, before anything is made that it shall sign. Errors: FILE_UNREADABLE; KEY_INVALID for what is no
 * secret key, is several, or may not sign (any more); PASSPHRASE when a protected one does not open.
 */
export async function openSigningKey({ path, passphrase = {} }: KeySource): Promise<SigningKey> {
  const [key, ...others] = await readKeys(readKeyFile(path), path)
  if (key === undefined || others.length > 0) throw invalid(path, `holds ${others.length + 1} keys, not one`)
  if (!key.isPrivate()) {
    throw invalid(
      path,
      'a public key; signing needs the secret one',
      'gpg --armor --export-secret-keys KEYID > secret.asc',
    )
  }
  await usable(key, undefined, `${path}: holds`)
  const packet = await signingPacketOf(key, path)
  if (packet.isDummy()) throw invalid(path, `${nameOfKey(key)} has its signing part elsewhere`)
  if (!packet.isDecrypted()) await unlock(packet, path, passphrase)
  return { fingerprint: key.getFingerprint(), packet }
}

/** The armoured detached signature of a file by `key` (A7); the file is read as a stream. Errors: FILE_UNREADABLE. */
export async function signFile(path: string, { packet: key }: SigningKey): Promise<string> {
  const { config, enums, PacketList, Signature, SignaturePacket } = await loadOpenPGP()
  const packet = new SignaturePacket()
  packet.signatureType = enums.signature.binary
  packet.publicKeyAlgorithm = key.algorithm
  packet.hashAlgorithm = enums.hash.sha512
  // the digest of the file takes the place of the file's bytes, which need not be in memory
  Object.assign(packet, { toHash: () => undefined, hash: () => digestOf({ path }, packet) })
  const sign = packet.sign.bind(packet) as (
    ...words: [...Parameters<typeof packet.sign>, OpenPGP.Config]
  ) => Promise<void>
  await sign(key, new Uint8Array(), new Date(), true, config)
  const list = new PacketList<OpenPGP.SignaturePacket>()
  list.push(packet)
  return new Signature(list).armor()
}

/** Signs `file` and puts the signature beside it; gives its path (A1). Errors: those of {@link signFile}, FILE_EXISTS. */
export async function signBeside(file: string, key: SigningKey, options: OutputOptions): Promise<string> {
  const path = `${file}.asc`
  const signature = await signFile(file, key)
  await writeOutputFile(path, options, (fd) => {
    writeSync(fd, signature)
    return Promise.resolve()
  })
  return path
}

async function signingPacketOf(key: OpenPGP.PrivateKey, path: string): Promise<SigningKey['packet']> {
  try {
    return (await key.getSigningKey()).keyPacket as SigningKey['packet']
  } catch (cause) {
    throw new RuntimeError('KEY_INVALID', `${path}: ${nameOfKey(key)} may not sign: ${plain(cause)}`, {
      hint: `gpg --show-keys ${path}`,
      cause,
    })
  }
}

async function unlock(packet: SigningKey['packet'], path: string, source: PassphraseSource): Promise<void> {
  const passphrase = await readPassphrase(source, path)
  deriveNatively(packet)
  try {
    await packet.decrypt(passphrase)
  } catch (cause) {
    throw new RuntimeError('PASSPHRASE', `${path}: the passphrase does not open the key`, { cause })
  }
}

/** How a passphrase becomes a key, in openpgp, which does it in JavaScript: more than a minute for what gpg does in a second. */
interface StringToKey {
  readonly write: () => Uint8Array
  produceKey: (passphrase: string, length: number) => Promise<Uint8Array>
}

function deriveNatively(packet: SigningKey['packet']): void {
  const { s2k } = packet as unknown as { readonly s2k: StringToKey | null }
  if (s2k === null) return
  s2k.produceKey = async (passphrase, length) =>
    Uint8Array.from(await native.deriveKey(s2k.write(), passphrase, length))
}

const invalid = (path: string, what: string, hint?: string): RuntimeError =>
  new RuntimeError('KEY_INVALID', `${path}: ${what}`, hint === undefined ? {} : { hint })
