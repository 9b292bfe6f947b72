import { chmodSync, chownSync, copyFileSync, existsSync, lstatSync, mkdirSync, realpathSync, renameSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { isErrno, messageOf, plainReason, RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { onSignal } from '../files/on-signal.js'
import { fileExistsError } from '../files/output-file.js'
import { randomName } from '../files/random.js'
import { IMAGE_DIR } from '../store/read.js'
import type { Store, StoredImage } from '../store/store.js'

/** Options of {@link writeTree}. */
export interface WriteTreeOptions {
  /** Write the files directly into the directory, without `manifest` and `rootfs/`. */
  readonly rootfsOnly: boolean
  /** Replace an existing directory; without this, the error is FILE_EXISTS. */
  readonly overwrite: boolean
}

/**
 * Copies layers (topmost first) of an image out of the store to `directory`, which only the caller
 * may enter. It appears only when it is complete; after a failure or Ctrl-C, it is as before and
 * nothing else remains. Errors: USAGE for a directory that must not be replaced, FILE_EXISTS,
 * FILE_UNREADABLE.
 */
export async function writeTree(
  store: Store,
  image: StoredImage,
  layers: readonly string[],
  directory: string,
  { rootfsOnly, overwrite }: WriteTreeOptions,
): Promise<void> {
  const target = resolve(directory)
  checkTarget(store, target)
  if (!overwrite && existsSync(target)) throw fileExistsError(directory)
  const draft = join(dirname(target), `.${basename(target)}.${randomName()}.part`)
  const removeDraft = (): void => {
    if (lstatSync(draft, { throwIfNoEntry: false }) !== undefined) native.removeTree(draft)
  }
  const removeHandler = onSignal(removeDraft)
  try {
    const rootfs = join(draft, 'rootfs')
    mkdirSync(draft, { mode: PRIVATE_MODE })
    mkdirSync(rootfs)
    if (!rootfsOnly) copyFileSync(join(image.directory, IMAGE_DIR.manifest), join(draft, 'manifest'))
    await native.mergeTrees([...layers].reverse(), rootfs, 'copy', null)
    if (rootfsOnly) makePrivate(rootfs)
    moveIntoPlace(rootfsOnly ? rootfs : draft, target, overwrite)
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause
    if (isErrno(cause, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR') && existsSync(target)) throw fileExistsError(directory)
    const reason = cause instanceof Error && 'syscall' in cause ? plainReason(cause) : messageOf(cause)
    throw new RuntimeError('FILE_UNREADABLE', `${directory}: ${reason}`, { cause })
  } finally {
    removeDraft()
    removeHandler()
  }
}

/**
 * Mode of the written directory: no other user of this host may reach the setuid programs of an
 * image.
 */
const PRIVATE_MODE = 0o700

/**
 * Replaces the image's owner and mode of the root; the mode also masks the image's access control
 * lists.
 */
function makePrivate(path: string): void {
  chownSync(path, process.geteuid?.() ?? 0, process.getegid?.() ?? 0)
  chmodSync(path, PRIVATE_MODE)
}

/** Moves the draft to `target`; a replaced directory is then at the draft's path. */
function moveIntoPlace(draft: string, target: string, overwrite: boolean): void {
  if (overwrite && existsSync(target)) native.exchange(draft, target)
  else renameSync(draft, target)
}

/**
 * A replaced directory is lost, so it must not contain the store (nor be the host's root). Errors:
 * USAGE.
 */
function checkTarget({ dir }: Store, target: string): void {
  const real = existsSync(target) ? realpathSync(target) : target
  const path = relative(real, realpathSync(dir.root))
  const containsStore = path === '' || !(path === '..' || path.startsWith('../'))
  if (containsStore) throw new RuntimeError('USAGE', `${target}: the data directory ${dir.root} is in it`)
}
