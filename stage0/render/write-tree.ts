import { chmodSync, chownSync, copyFileSync, existsSync, lstatSync, mkdirSync, realpathSync, renameSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { isErrno, messageOf, plainReason, RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { onSignal } from '../files/on-signal.js'
import { fileExistsError } from '../files/output-file.js'
import { randomName } from '../files/random.js'
import { IMAGE_DIR } from '../store/read.js'
import type { Store, StoredImage } from '../store/store.js'

/** How a tree is to be written out. */
export interface WriteTreeOptions {
  /** The files themselves in the directory, without `manifest` and `rootfs/` around them. */
  readonly rootfsOnly: boolean
  /** Replace what is there; else FILE_EXISTS. */
  readonly overwrite: boolean
}

/**
 * Copies layers (topmost first) of an image out of the store: `directory`, which only the caller may enter, is there when it is whole, or
 * as it was; whatever goes wrong, Ctrl-C included, leaves nothing else behind. Errors: USAGE for
 * a directory that must not be replaced, FILE_EXISTS, FILE_UNREADABLE.
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
  const forget = (): void => {
    if (lstatSync(draft, { throwIfNoEntry: false }) !== undefined) native.removeTree(draft)
  }
  const unwatch = onSignal(forget)
  try {
    const rootfs = join(draft, 'rootfs')
    mkdirSync(draft, { mode: PRIVATE })
    mkdirSync(rootfs)
    if (!rootfsOnly) copyFileSync(join(image.directory, IMAGE_DIR.manifest), join(draft, 'manifest'))
    await native.mergeTrees([...layers].reverse(), rootfs, 'copy', null)
    if (rootfsOnly) makePrivate(rootfs)
    putInPlace(rootfsOnly ? rootfs : draft, target, overwrite)
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause
    if (isErrno(cause, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR') && existsSync(target)) throw fileExistsError(directory)
    const reason = cause instanceof Error && 'syscall' in cause ? plainReason(cause) : messageOf(cause)
    throw new RuntimeError('FILE_UNREADABLE', `${directory}: ${reason}`, { cause })
  } finally {
    forget()
    unwatch()
  }
}

/** Images bring programs with setuid: no user of this host may reach them. */
const PRIVATE = 0o700

/** The root has the owner and the mode that the image gave it; access lists that it gave are masked by the mode. */
function makePrivate(path: string): void {
  chownSync(path, process.geteuid?.() ?? 0, process.getegid?.() ?? 0)
  chmodSync(path, PRIVATE)
}

/** What was there is then where the draft was. */
function putInPlace(draft: string, target: string, overwrite: boolean): void {
  if (overwrite && existsSync(target)) native.exchange(draft, target)
  else renameSync(draft, target)
}

/** What is replaced is gone: never the root of the host, nor anything around the store. */
function checkTarget({ dir }: Store, target: string): void {
  const real = existsSync(target) ? realpathSync(target) : target
  const way = relative(real, realpathSync(dir.root))
  const isAround = way === '' || !(way === '..' || way.startsWith('../'))
  if (isAround) throw new RuntimeError('USAGE', `${target}: the data directory ${dir.root} is in it`)
}
