import { RuntimeError } from '#schema/errors.js'
import { digestOfKey, digestOfKeys, type KeyFile, readKeyFile } from './key-files.js'
import { withRevocations } from './merge-keys.js'
import type { OpenPGP } from './openpgp.js'
import { identitiesOf, readPublicKeys } from './read-key.js'
import { type Revocable, revokersOf } from './revocation.js'

/** One key that is trusted for a prefix, or for every image. */
export interface TrustedKey extends Revocable {
  /** Of the primary key: 40 (version 4) or 64 (version 6) lower-case hex digits; also the file's name. */
  readonly fingerprint: string
  /** The image names it may vouch for: this one and all below; null: every image. */
  readonly prefix: string | null
  /** Where the key lies. */
  readonly path: string
  /** Who the key says it belongs to (`Name <address>`); printable. */
  readonly identities: readonly string[]
  /** What the file has, with every revocation that any file of the key tells of. */
  readonly key: OpenPGP.PublicKey
  /** Of all files that can tell of the key's revocation: its own, wherever they are, and its revokers'. */
  readonly digest: string
}

/** Keys that could be read, and what is wrong with the others. */
export interface Loaded {
  readonly keys: readonly TrustedKey[]
  readonly problems: readonly RuntimeError[]
}

/** A key's file that was read. */
export interface Copy {
  readonly file: KeyFile
  readonly digest: string | null
  readonly key: OpenPGP.PublicKey | null
  readonly problem: RuntimeError | null
}

/** Reads those of the files that `isWanted`, and what any of the others tells of their revocations. */
export async function loadKeys(files: readonly KeyFile[], isWanted: (file: KeyFile) => boolean): Promise<Loaded> {
  const read = reader(files)
  const keys: TrustedKey[] = []
  const problems: RuntimeError[] = []
  for (const file of files.filter(isWanted)) {
    const copies = await read(file.fingerprint)
    const own = copies.find((copy) => copy.file === file)
    if (own?.problem) problems.push(own.problem)
    if (own?.key) keys.push(await trustedKey(file, own.key, read))
  }
  return { keys, problems }
}

/** A key with all that the keystore knows of its revocations. */
export type Known = Pick<TrustedKey, 'key' | 'revokers' | 'knownRevokers'>

/** A key with what the files tell of its revocations. */
export async function judged(files: readonly KeyFile[], key: OpenPGP.PublicKey): Promise<Known> {
  return await heardOf(key, reader(files))
}

/** Every file of one key, in use or not. Those that cannot be read are left out. */
export async function copiesOf(files: readonly KeyFile[], fingerprint: string): Promise<Copy[]> {
  return await reader(files)(fingerprint)
}

type Read = (fingerprint: string) => Promise<Copy[]>

/** Reads each file once. */
function reader(files: readonly KeyFile[]): Read {
  const known = new Map<string, Promise<Copy[]>>()
  return (fingerprint) => {
    const all = files.filter((file) => file.fingerprint === fingerprint)
    const copies = known.get(fingerprint) ?? Promise.all(all.map(readCopy))
    known.set(fingerprint, copies)
    return copies
  }
}

async function trustedKey(file: KeyFile, own: OpenPGP.PublicKey, read: Read): Promise<TrustedKey> {
  const { fingerprint, prefix, path } = file
  const { copies, ofRevokers, ...heard } = await heardOf(own, read)
  const digests = [...copies, ...ofRevokers].flatMap(({ digest }) => digest ?? [])
  return { fingerprint, prefix, path, identities: identitiesOf(heard.key), digest: digestOfKeys(digests), ...heard }
}

interface Heard extends Known {
  readonly copies: readonly Copy[]
  readonly ofRevokers: readonly Copy[]
}

async function heardOf(own: OpenPGP.PublicKey, read: Read): Promise<Heard> {
  const copies = await read(own.getFingerprint())
  let key = own
  for (const other of copies) if (other.key !== null && other.key !== own) key = await withRevocations(key, other.key)
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

/** Errors: KEY_INVALID unless the file holds one public key, the one its name says. */
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
