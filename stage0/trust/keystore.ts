import { closeSync, fchmodSync, mkdirSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import type { ConfigDirs } from '../config/config-dirs.js'
import { writeWhole } from '../image/output-file.js'
import { syncDirectory } from '../store/durable.js'
import {
  allKeyFiles,
  digestOfKey,
  directoryFor,
  type KeyFile,
  keyFilesFor,
  keyFilesOf,
  levelsOf,
  prefixesOf,
  readKeyFile,
} from './key-files.js'
import type { OpenPGP } from './openpgp.js'
import { identitiesOf, readPublicKeys } from './read-key.js'

/** One key that is trusted for a prefix, or for every image. */
export interface TrustedKey {
  /** Of the primary key: 40 (version 4) or 64 (version 6) lower-case hex digits; also the file's name. */
  readonly fingerprint: string
  /** The image names it may vouch for: this one and all below; null: every image. */
  readonly prefix: string | null
  /** Where the key lies. */
  readonly path: string
  /** Who the key says it belongs to (`Name <address>`); printable. */
  readonly identities: readonly string[]
  readonly key: OpenPGP.PublicKey
  /** Of the file's bytes. */
  readonly digest: string
}

/** Keys that could be read, and what is wrong with the others. */
export interface Loaded {
  readonly keys: readonly TrustedKey[]
  readonly problems: readonly RuntimeError[]
}

/**
 * The trusted keys, in rkt's layout: `trustedkeys/root.d/FINGERPRINT` for every image, `trustedkeys/prefix.d/PREFIX/FINGERPRINT`
 * for the images of that name and below it, under the system's, the host's and the user's configuration. Of files of one name
 * the strongest level's counts, and an empty one masks those of the levels below.
 */
export class Keystore {
  readonly dirs: ConfigDirs

  constructor(dirs: ConfigDirs) {
    this.dirs = dirs
  }

  /** Every key in use, root keys first, then by prefix. Errors: FILE_UNREADABLE. */
  list(): Promise<Loaded> {
    return load(allKeyFiles(this.dirs).filter(inUse))
  }

  /** The keys that may vouch for images called `name`, root keys included. Errors: FILE_UNREADABLE. */
  keysFor(name: string): Promise<Loaded> {
    return load(this.#filesFor([null, ...prefixesOf(name)]).filter(inUse))
  }

  /** Keys an empty file took out of use, for messages. */
  masked(): Promise<Loaded & { readonly masks: ReadonlyMap<string, string> }> {
    const files = allKeyFiles(this.dirs).filter((file) => !inUse(file))
    const masks = new Map(files.map(({ path, maskedBy }) => [path, maskedBy ?? '']))
    return load(files).then((loaded) => ({ ...loaded, masks }))
  }

  /** Whether a key is trusted for exactly `name` or a prefix of it; root keys do not count. Reads no key. */
  hasPrefixKeyFor(name: string): boolean {
    return this.#filesFor(prefixesOf(name)).some(inUse)
  }

  /** Every copy in use of one key. Errors: FILE_UNREADABLE. */
  copiesOf(fingerprint: string): Promise<Loaded> {
    return load(keyFilesOf(this.dirs, fingerprint))
  }

  /** What the key is trusted for: prefixes, null for every image. Reads no key. */
  scopesOf(fingerprint: string): (string | null)[] {
    return keyFilesOf(this.dirs, fingerprint).map(({ prefix }) => prefix)
  }

  /**
   * Trusts `key` for `prefix` (null: for every image) on this host, and gives the path of its file.
   * Errors: USAGE for a prefix that is no image name, FILE_UNREADABLE.
   */
  async add(key: OpenPGP.PublicKey, prefix: string | null): Promise<string> {
    const path = join(directoryFor(this.dirs.local, prefix), key.getFingerprint())
    await writeKeyFile(path, key.armor())
    return path
  }

  /**
   * Trusts the key no longer for `prefix` (null: for every image), and gives the paths of the files removed, or of the empty file
   * that masks the system's. Errors: KEY_UNTRUSTED when it was not trusted for that, FILE_UNREADABLE.
   */
  async remove(fingerprint: string, prefix: string | null): Promise<{ removed: string[]; masked: string | null }> {
    const find = (): KeyFile | undefined =>
      keyFilesFor(this.dirs, prefix).find((file) => file.fingerprint === fingerprint && inUse(file))
    if (find() === undefined) throw notTrusted(fingerprint, prefix)
    const removed: string[] = []
    for (const level of levelsOf(this.dirs).filter((level) => level !== this.dirs.system)) {
      const path = join(directoryFor(level, prefix), fingerprint)
      if (removeKeyFile(path)) removed.push(path)
    }
    if (find() === undefined) return { removed, masked: null }
    const masked = join(directoryFor(this.dirs.local, prefix), fingerprint)
    await writeKeyFile(masked, '')
    return { removed, masked }
  }

  #filesFor(prefixes: readonly (string | null)[]): KeyFile[] {
    return prefixes.flatMap((prefix) => keyFilesFor(this.dirs, prefix))
  }
}

const inUse = ({ maskedBy }: KeyFile): boolean => maskedBy === null

const notTrusted = (fingerprint: string, prefix: string | null): RuntimeError =>
  new RuntimeError('KEY_UNTRUSTED', `key ${fingerprint}: not trusted for ${prefix ?? 'every image'}`, {
    hint: 'appc trust list',
  })

async function load(files: readonly KeyFile[]): Promise<Loaded> {
  const keys: TrustedKey[] = []
  const problems: RuntimeError[] = []
  for (const file of files) {
    try {
      keys.push(await loadOne(file))
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      problems.push(error)
    }
  }
  return { keys, problems }
}

/** Errors: KEY_INVALID unless the file holds one public key, the one its name says. */
async function loadOne({ path, prefix, fingerprint }: KeyFile): Promise<TrustedKey> {
  const bytes = readKeyFile(path)
  const [key, ...others] = await readPublicKeys(bytes, path)
  if (key === undefined || others.length > 0) {
    throw new RuntimeError('KEY_INVALID', `${path}: holds ${others.length + 1} keys, not one`)
  }
  if (key.getFingerprint() !== fingerprint) {
    throw new RuntimeError('KEY_INVALID', `${path}: holds another key than its name says: ${key.getFingerprint()}`)
  }
  return { fingerprint, prefix, path, identities: identitiesOf(key), key, digest: digestOfKey(bytes) }
}

async function writeKeyFile(path: string, text: string): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    await alone(dirname(path), () =>
      writeWhole(path, { overwrite: true }, (fd) => {
        fchmodSync(fd, 0o644)
        writeSync(fd, text)
        return Promise.resolve()
      }),
    )
    syncDirectory(dirname(path))
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause
    throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot write the key: ${messageOf(cause)}`, { cause })
  }
}

/** Writes while nobody else writes keys into the directory: what is half-written there is of somebody interrupted, and goes. */
async function alone(directory: string, write: () => Promise<void>): Promise<void> {
  const fd = native.tryLock(directory, 'exclusive') ?? (await native.waitLock(directory, 'exclusive'))
  try {
    for (const name of readdirSync(directory).filter((one) => DRAFT.test(one))) rmSync(join(directory, name))
    await write()
  } finally {
    closeSync(fd)
  }
}

/** What writeWhole calls a file of the keystore until it is whole. */
const DRAFT = /^[0-9a-f]{40,64}\.[0-9a-f]{12}\.part$/

/** Empty files stay: they are masks. */
function removeKeyFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isFile() !== true || stat.size === 0) return false
  rmSync(path)
  syncDirectory(dirname(path))
  return true
}
