import { RuntimeError } from '#schema/errors.js'
import { digestOfKey, digestOfKeys, type KeyFile, readKeyFile } from './key-files.js'
import { withRevocations } from './merge-keys.js'
import type { OpenPGP } from './openpgp.js'
import { identitiesOf, readPublicKeys } from './read-key.js'
import { type Revocable, revokersOf } from './revocation.js'

/** One key that is trusted for a prefix, or for every image. */
export interface TrustedKey extends Revocable {
  /**
   * Of the primary key: 40 (version 4) or 64 (version 6) lower-case hex digits; also the file's
   * name.
   */
  readonly fingerprint: string
  /** The key may vouch for images of this name and below it; null: for every image. */
  readonly prefix: string | null
  /** The path of the key's file. */
  readonly path: string
  /** The key's user IDs (`Name <address>`); printable. */
  readonly identities: readonly string[]
  /** The file's key, with the revocations from all files of the key. */
  readonly key: OpenPGP.PublicKey
  /**
   * Digest of all files that may contain a revocation of the key: its own files and its revokers'.
   */
  readonly digest: string
}

/** The keys that could be read, and the errors of the others. */
export interface Loaded {
  readonly keys: readonly TrustedKey[]
  readonly problems: readonly RuntimeError[]
}

/** A key file that was read. */
export interface Copy {
  readonly file: KeyFile
  readonly digest: string | null
  readonly key: OpenPGP.PublicKey | null
  readonly problem: RuntimeError | null
}

/** Reads the selected files, and the revocations of their keys from all files. */
export async function loadKeys(files: readonly KeyFile[], isSelected: (file: KeyFile) => boolean): Promise<Loaded> {
  const read = reader(files)
  const keys: TrustedKey[] = []
  const problems: RuntimeError[] = []
  for (const file of files.filter(isSelected)) {
    const copies = await read(file.fingerprint)
    const own = copies.find((copy) => copy.file === file)
    if (own?.problem) problems.push(own.problem)
    if (own?.key) keys.push(await trustedKey(file, own.key, read))
  }
  return { keys, problems }
}

/** A key with all its revocations that the keystore has. */
export type KeyWithRevocations = Pick<TrustedKey, 'key' | 'revokers' | 'knownRevokers'>

/** Adds the revocations from the files to a key. */
export async function withKnownRevocations(
  files: readonly KeyFile[],
  key: OpenPGP.PublicKey,
): Promise<KeyWithRevocations> {
  return await loadRevocations(key, reader(files))
}

/** All files of one key, in use or not; for an unreadable file, `problem` is set. */
export async function copiesOf(files: readonly KeyFile[], fingerprint: string): Promise<Copy[]> {
  return await reader(files)(fingerprint)
}

type Read = (fingerprint: string) => Promise<Copy[]>

/** A function that reads the files of a key, each file only once. */
function reader(files: readonly KeyFile[]): Read {
  const cache = new Map<string, Promise<Copy[]>>()
  return (fingerprint) => {
    const all = files.filter((file) => file.fingerprint === fingerprint)
    const copies = cache.get(fingerprint) ?? Promise.all(all.map(readCopy))
    cache.set(fingerprint, copies)
    return copies
  }
}

async function trustedKey(file: KeyFile, own: OpenPGP.PublicKey, read: Read): Promise<TrustedKey> {
  const { fingerprint, prefix, path } = file
  const { copies, ofRevokers, ...heard } = await loadRevocations(own, read)
  const digests = [...copies, ...ofRevokers].flatMap(({ digest }) => digest ?? [])
  return { fingerprint, prefix, path, identities: identitiesOf(heard.key), digest: digestOfKeys(digests), ...heard }
}

interface LoadedRevocations extends KeyWithRevocations {
  readonly copies: readonly Copy[]
  readonly ofRevokers: readonly Copy[]
}

async function loadRevocations(own: OpenPGP.PublicKey, read: Read): Promise<LoadedRevocations> {
  const copies = await read(own.getFingerprint())
  let key = own
  for (const copy of copies) if (copy.key !== null && copy.key !== own) key = await withRevocations(key, copy.key)
  const revokers = await revokersOf(key)
  const ofRevokers = (await Promise.all(revokers.map(read))).flat()
  return { key, revokers, knownRevokers: ofRevokers.flatMap((copy) => copy.key ?? []), copies, ofRevokers }
}

async function readCopy(file: KeyFile): Promise<Copy> {
  let digest: string | null = null
  try {
    const bytes = readKeyFile(file.path)
    digest = digestOfKey(bytes)
    return { file, digest, key: await keyIn(bytes, file), problem: null }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
    return { file, digest, key: null, problem: error }
  }
}

/**
 * The key of a file. Errors: KEY_INVALID where it is not the one public key that the file's name
 * says.
 */
async function keyIn(bytes: Buffer, { path, fingerprint }: KeyFile): Promise<OpenPGP.PublicKey> {
  const [key, ...others] = await readPublicKeys(bytes, path)
  if (key === undefined || others.length > 0) {
    throw new RuntimeError('KEY_INVALID', `${path}: holds ${others.length + 1} keys, not one`, {
      hint: `gpg --show-keys ${path}`,
    })
  }
  if (key.getFingerprint() !== fingerprint) {
    throw new RuntimeError('KEY_INVALID', `${path}: holds another key than its name says: ${key.getFingerprint()}`, {
      hint: `gpg --show-keys ${path}`,
    })
  }
  return key
}
