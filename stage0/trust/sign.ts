import { writeSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { type OutputOptions, writeOutputFile } from '../files/output-file.js'
import { digestOf } from './digest.js'
import { nameOfKey, usableKeyPacket } from './key-condition.js'
import { readKeyFile } from './key-files.js'
import { loadOpenPGP, type OpenPGP } from './openpgp.js'
import { type PassphraseSource, readPassphrase } from './passphrase.js'
import { plainMessage, readKeys } from './read-key.js'

/** The file of a key to sign with. */
export interface KeySource {
  /** A secret key, armoured or binary. */
  readonly path: string
  /** Where the passphrase of a protected key comes from; default: the terminal. */
  readonly passphrase?: PassphraseSource
}

/** A secret key that is ready to sign. */
export interface SigningKey {
  /** Of the primary key. */
  readonly fingerprint: string
  /** The key or subkey that signs. */
  readonly packet: OpenPGP.SecretKeyPacket | OpenPGP.SecretSubkeyPacket
}

/**
 * Reads and decrypts a secret key; callers do this before they create the file to sign. Errors:
 * FILE_UNREADABLE; KEY_INVALID where the file is no secret key, holds several, or its key may not
 * sign (any more); PASSPHRASE where a protected key cannot be decrypted.
 */
export async function openSigningKey({ path, passphrase = {} }: KeySource): Promise<SigningKey> {
  const [key, ...others] = await readKeys(readKeyFile(path), path)
  if (key === undefined || others.length > 0) throw invalidKeyError(path, `holds ${others.length + 1} keys, not one`)
  if (!key.isPrivate()) {
    throw invalidKeyError(
      path,
      'a public key; signing needs the secret one',
      'gpg --armor --export-secret-keys KEYID > secret.asc',
    )
  }
  await usableKeyPacket(key, undefined, `${path}: holds`)
  const packet = await signingPacketOf(key, path)
  if (packet.isDummy()) throw invalidKeyError(path, `${nameOfKey(key)} has its signing part elsewhere`)
  if (!packet.isDecrypted()) await decryptKey(packet, path, passphrase)
  return { fingerprint: key.getFingerprint(), packet }
}

/**
 * The armoured detached signature of a file by `key` (A7); the file is read as a stream. Errors:
 * FILE_UNREADABLE.
 */
export async function signFile(path: string, { packet: key }: SigningKey): Promise<string> {
  const { config, enums, PacketList, Signature, SignaturePacket } = await loadOpenPGP()
  const packet = new SignaturePacket()
  packet.signatureType = enums.signature.binary
  packet.publicKeyAlgorithm = key.algorithm
  packet.hashAlgorithm = enums.hash.sha512
  // the digest is computed from the file as a stream, so the file need not be in memory
  Object.assign(packet, { toHash: () => undefined, hash: () => digestOf({ path }, packet) })
  const sign = packet.sign.bind(packet) as (
    ...parameters: [...Parameters<typeof packet.sign>, OpenPGP.Config]
  ) => Promise<void>
  await sign(key, new Uint8Array(), new Date(), true, config)
  const list = new PacketList<OpenPGP.SignaturePacket>()
  list.push(packet)
  return new Signature(list).armor()
}

/**
 * Signs `file` and writes the signature beside it; returns its path (A1). Errors: FILE_EXISTS;
 * those of {@link signFile}.
 */
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
    throw new RuntimeError('KEY_INVALID', `${path}: ${nameOfKey(key)} may not sign: ${plainMessage(cause)}`, {
      hint: `gpg --show-keys ${path}`,
      cause,
    })
  }
}

async function decryptKey(packet: SigningKey['packet'], path: string, source: PassphraseSource): Promise<void> {
  const passphrase = await readPassphrase(source, path)
  useNativeDerivation(packet)
  try {
    await packet.decrypt(passphrase)
  } catch (cause) {
    throw new RuntimeError('PASSPHRASE', `${path}: the passphrase does not open the key`, { cause })
  }
}

/**
 * openpgp's key derivation from a passphrase. Its JavaScript takes over a minute where gpg takes a
 * second.
 */
interface StringToKey {
  readonly write: () => Uint8Array
  produceKey: (passphrase: string, length: number) => Promise<Uint8Array>
}

function useNativeDerivation(packet: SigningKey['packet']): void {
  const { s2k } = packet as unknown as { readonly s2k: StringToKey | null }
  if (s2k === null) return
  s2k.produceKey = async (passphrase, length) =>
    Uint8Array.from(await native.deriveKey(s2k.write(), passphrase, length))
}

const invalidKeyError = (path: string, problem: string, hint?: string): RuntimeError =>
  new RuntimeError('KEY_INVALID', `${path}: ${problem}`, hint === undefined ? {} : { hint })
