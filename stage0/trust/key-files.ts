import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AC_IDENTIFIER } from '#schema/ac-identifier.js'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import type { ConfigDirs } from '../config/config-dirs.js'

/** One file of the keystore, whose content was not read yet. */
export interface KeyFile {
  readonly fingerprint: string
  /** Null for a file in root.d. */
  readonly prefix: string | null
  readonly path: string
  /** Path of the mask (empty file, or symlink to /dev/null) of a stronger level; null if none. */
  readonly maskedBy: string | null
  /** Whether a stronger level has a key file of this name, which is used instead. */
  readonly isOverruled: boolean
}

/** Whether the key is trusted by this file. */
export const isInUse = ({ maskedBy, isOverruled }: KeyFile): boolean => maskedBy === null && !isOverruled

/** A file name of the keystore: the fingerprint of a version 4 or version 6 key. */
export const FINGERPRINT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

const ROOT = 'root.d'
const PREFIX = 'prefix.d'

/** The directory of the keys for `prefix` below one level of the configuration. */
export const directoryFor = (level: string, prefix: string | null): string =>
  prefix === null
    ? join(level, 'trustedkeys', ROOT)
    : join(level, 'trustedkeys', PREFIX, ...checkPrefix(prefix).split('/'))

/**
 * Returns `prefix`. Errors: USAGE where it is no beginning of image names: a path of whole elements
 * (T1).
 */
export function checkPrefix(prefix: string): string {
  if (AC_IDENTIFIER.test(prefix)) return prefix
  const why = prefix.includes('://')
    ? 'a prefix is an image name, without a scheme such as https://'
    : 'not an image name or the beginning of one (lower-case letters and digits, single -._~/ between them)'
  throw new RuntimeError('USAGE', `prefix ${JSON.stringify(prefix)}: ${why}`, {
    hint: 'for example --prefix=example.com/app',
  })
}

/** `name` and all its parents, shortest first: `a`, `a/b`, `a/b/c`. Whole path elements only. */
export const prefixesOf = (name: string): string[] => {
  const elements = name.split('/')
  return elements.map((_element, index) => elements.slice(0, index + 1).join('/'))
}

/** Whether a key for `prefix` may vouch for images called `name`. */
export const coversName = (prefix: string | null, name: string): boolean =>
  prefix === null || name === prefix || name.startsWith(`${prefix}/`)

/** The levels of the configuration, strongest first. */
export const levelsOf = ({ system, local, user }: ConfigDirs): string[] => [
  ...(user === undefined ? [] : [user]),
  local,
  system,
]

/**
 * The key files for exactly `prefix`, including those not in use, strongest level first. Errors:
 * FILE_UNREADABLE.
 */
export function keyFilesFor(dirs: ConfigDirs, prefix: string | null): KeyFile[] {
  const found: KeyFile[] = []
  const masks = new Map<string, string>()
  for (const level of levelsOf(dirs)) {
    const directory = directoryFor(level, prefix)
    for (const fingerprint of namesIn(directory).filter((name) => FINGERPRINT.test(name))) {
      const path = join(directory, fingerprint)
      const kind = kindOf(path)
      const maskedBy = masks.get(fingerprint) ?? null
      const isOverruled = found.some((file) => file.fingerprint === fingerprint)
      if (kind === 'mask') masks.set(fingerprint, maskedBy ?? path)
      else if (kind === 'key') found.push({ fingerprint, prefix, path, maskedBy, isOverruled })
    }
  }
  return found
}

/** All key files of the keystore: root keys first, then by prefix. Errors: FILE_UNREADABLE. */
export function allKeyFiles(dirs: ConfigDirs): KeyFile[] {
  const prefixes = new Set<string>()
  for (const level of levelsOf(dirs)) collectPrefixes(join(level, 'trustedkeys', PREFIX), '', prefixes)
  return [null, ...[...prefixes].sort()].flatMap((prefix) => keyFilesFor(dirs, prefix))
}

/** The digest of one key file. */
export const digestOfKey = (bytes: Buffer): string => native.sha512(bytes.toString('latin1'))

/** One digest of several key files' digests, in any order; equal files count once. */
export const digestOfKeys = (digests: readonly string[]): string => native.sha512([...new Set(digests)].sort().join())

/** The content of a key file. Errors: FILE_UNREADABLE. */
export function readKeyFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot read the key: ${messageOf(cause)}`, { cause })
  }
}

/**
 * Adds all prefixes below `directory` to `into`. Elements of a name are directories; a file is not
 * one.
 */
function collectPrefixes(directory: string, parent: string, into: Set<string>): void {
  for (const name of namesIn(directory)) {
    const prefix = parent === '' ? name : `${parent}/${name}`
    if (!AC_IDENTIFIER.test(prefix) || kindOf(join(directory, name)) !== null) continue
    into.add(prefix)
    collectPrefixes(join(directory, name), prefix, into)
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR')) return []
    throw new RuntimeError('FILE_UNREADABLE', `${directory}: cannot list the keys: ${messageOf(cause)}`, { cause })
  }
}

/**
 * The kind of a path of the keystore: a key file, or a mask of weaker levels; null for all others.
 */
export function kindOf(path: string): 'key' | 'mask' | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isCharacterDevice() === true && stat.rdev === DEV_NULL) return 'mask'
  if (stat?.isFile() !== true) return null
  return stat.size === 0 ? 'mask' : 'key'
}

/** Device 1:3. */
const DEV_NULL = 0x103
