import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import { allKeyFiles, directoryFor, isInUse, type KeyFile, keyFilesFor, levelsOf, prefixesOf } from './key-files.js'
import { copiesOf, withKnownRevocations, type KeyWithRevocations, type Loaded, loadKeys } from './load-keys.js'
import { isSameKey, mergeKeys, withRevocations } from './merge-keys.js'
import type { OpenPGP } from './openpgp.js'
import { MAX_KEY_BYTES } from './read-key.js'
import { removeKeyFile, writeKeyFile } from './write-key.js'

export type { Loaded, TrustedKey } from './load-keys.js'

/**
 * The trusted keys, in rkt's layout: `trustedkeys/root.d/FINGERPRINT` for every image,
 * `trustedkeys/prefix.d/PREFIX/FINGERPRINT` for the images of that name and below it, under the
 * system's, the host's and the user's configuration. Of files of one name the strongest level's is
 * used; an empty file, or a symlink to /dev/null, masks those of weaker levels. A revocation in any
 * file of a key is effective.
 */
export class Keystore {
  readonly dirs: ConfigDirs

  constructor(dirs: ConfigDirs) {
    this.dirs = dirs
  }

  /** All keys in use, root keys first, then by prefix. Errors: FILE_UNREADABLE. */
  list(): Promise<Loaded> {
    return loadKeys(allKeyFiles(this.dirs), isInUse)
  }

  /**
   * The keys that may vouch for images called `name`, root keys included. Errors: FILE_UNREADABLE.
   */
  keysFor(name: string): Promise<Loaded> {
    const prefixes: readonly (string | null)[] = [null, ...prefixesOf(name)]
    return loadKeys(allKeyFiles(this.dirs), (file) => isInUse(file) && prefixes.includes(file.prefix))
  }

  /** The masked keys and the path of each one's mask, for messages. Errors: FILE_UNREADABLE. */
  masked(): Promise<Loaded & { readonly masks: ReadonlyMap<string, string> }> {
    const files = allKeyFiles(this.dirs)
    const masks = new Map(files.map(({ path, maskedBy }) => [path, maskedBy ?? '']))
    const isMasked = ({ maskedBy, isOverruled }: KeyFile): boolean => maskedBy !== null && !isOverruled
    return loadKeys(files, isMasked).then((loaded) => ({ ...loaded, masks }))
  }

  /**
   * Whether a key is trusted for `name` or a prefix of it; root keys do not count. Reads no key.
   */
  hasPrefixKeyFor(name: string): boolean {
    return prefixesOf(name).some((prefix) => keyFilesFor(this.dirs, prefix).some(isInUse))
  }

  /** All copies in use of one key. Errors: FILE_UNREADABLE. */
  copiesOf(fingerprint: string): Promise<Loaded> {
    return loadKeys(allKeyFiles(this.dirs), (file) => isInUse(file) && file.fingerprint === fingerprint)
  }

  /** The prefixes that the key is trusted for; null for every image. Reads no key. */
  scopesOf(fingerprint: string): (string | null)[] {
    const files = allKeyFiles(this.dirs).filter((file) => isInUse(file) && file.fingerprint === fingerprint)
    return files.map(({ prefix }) => prefix)
  }

  /**
   * The key with its revokers and all its revocations in the keystore, also from files not in use.
   * Errors: FILE_UNREADABLE.
   */
  async withKnownRevocations(key: OpenPGP.PublicKey): Promise<KeyWithRevocations> {
    return await withKnownRevocations(allKeyFiles(this.dirs), key)
  }

  /**
   * Trusts `key` for `prefix` (null: for every image) on this host, and returns the path of its
   * file. Existing data about the key is kept, and its revocations are added to its other files.
   * Errors: USAGE for a prefix that is no image name, KEY_INVALID for a key that gets too large,
   * FILE_UNREADABLE.
   */
  async add(key: OpenPGP.PublicKey, prefix: string | null): Promise<string> {
    const fingerprint = key.getFingerprint()
    const path = join(directoryFor(this.dirs.local, prefix), fingerprint)
    await this.#write(path, (await this.withKnownRevocations(key)).key, prefix)
    await this.noteRevocations(key)
    return path
  }

  /**
   * Adds the revocations in `key` to all files that trust it, for any images; returns the paths of
   * the changed files. Files of the system level are not changed: a new file of the local level
   * replaces them. Errors: KEY_INVALID for a key that gets too large, FILE_UNREADABLE.
   */
  async noteRevocations(key: OpenPGP.PublicKey): Promise<string[]> {
    const { local, system } = this.dirs
    const fingerprint = key.getFingerprint()
    const changed: string[] = []
    for (const { file, key: own } of await copiesOf(allKeyFiles(this.dirs), fingerprint)) {
      const { prefix, path, maskedBy, isOverruled } = file
      const isSystems = path === join(directoryFor(system, prefix), fingerprint)
      if (own === null || maskedBy !== null || (isSystems && isOverruled)) continue
      const more = await withRevocations(own, key)
      if (isSameKey(more, own)) continue
      const target = isSystems ? join(directoryFor(local, prefix), fingerprint) : path
      await this.#write(target, more, prefix)
      changed.push(target)
    }
    return changed
  }

  /**
   * Ends the trust in the key for `prefix` (null: for every image). Returns the paths of the
   * removed files, and of the empty file that masks the system's, if there is one. Errors:
   * KEY_UNTRUSTED where the key was not trusted for `prefix`, FILE_UNREADABLE.
   */
  async remove(fingerprint: string, prefix: string | null): Promise<{ removed: string[]; masked: string | null }> {
    const find = (): KeyFile | undefined =>
      keyFilesFor(this.dirs, prefix).find((file) => file.fingerprint === fingerprint && isInUse(file))
    if (find() === undefined) throw notTrusted(fingerprint, prefix)
    const removed: string[] = []
    for (const level of levelsOf(this.dirs).filter((level) => level !== this.dirs.system)) {
      const path = join(directoryFor(level, prefix), fingerprint)
      if (removeKeyFile(path)) removed.push(path)
    }
    if (find() === undefined) return { removed, masked: null }
    const masked = join(directoryFor(this.dirs.local, prefix), fingerprint)
    await writeKeyFile(masked, () => Promise.resolve(''))
    return { removed, masked }
  }

  /**
   * Writes the key, merged with the existing files for the same prefix, so that no data is lost.
   */
  async #write(path: string, key: OpenPGP.PublicKey, prefix: string | null): Promise<void> {
    await writeKeyFile(path, async () => {
      let combined = key
      for (const copy of await copiesOf(keyFilesFor(this.dirs, prefix), key.getFingerprint())) {
        if (copy.key !== null) combined = await mergeKeys(combined, copy.key)
      }
      const text = combined.armor()
      if (text.length <= MAX_KEY_BYTES) return text
      throw new RuntimeError('KEY_INVALID', `${path}: too large for a key with all that is known of it`)
    })
  }
}

const notTrusted = (fingerprint: string, prefix: string | null): RuntimeError =>
  new RuntimeError('KEY_UNTRUSTED', `key ${fingerprint}: not trusted for ${prefix ?? 'every image'}`, {
    hint: 'appc trust list',
  })
