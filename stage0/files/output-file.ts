import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { isErrno, plainReason, RuntimeError } from '#schema/errors.js'
import { randomName } from './random.js'
import { onSignal } from './on-signal.js'

/** How an output file is written. */
export interface OutputOptions {
  /** Replace an existing file; if false, an existing file is the error FILE_EXISTS. */
  readonly overwrite: boolean
}

/**
 * Lets `write` fill a temporary file beside `path`, syncs the file, and then renames it to `path`.
 * After an error or a signal (Ctrl-C) no temporary file remains, and an existing file is unchanged.
 * Errors: FILE_EXISTS, FILE_UNREADABLE; those of `write`.
 */
export async function writeOutputFile(
  path: string,
  { overwrite }: OutputOptions,
  write: (fd: number) => Promise<void>,
): Promise<void> {
  // checked before the work as well, so that the user does not wait for this error
  if (!overwrite && existsSync(path)) throw fileExistsError(path)
  const temporary = `${path}.${randomName()}.part`
  const removeTemporary = (): void => rmSync(temporary, { force: true })
  const unwatch = onSignal(removeTemporary)
  try {
    await fill(open(temporary, path), write)
    if (overwrite) renameSync(temporary, path)
    else linkNew(temporary, path)
  } finally {
    removeTemporary()
    unwatch()
  }
}

async function fill(fd: number, write: (fd: number) => Promise<void>): Promise<void> {
  try {
    await write(fd)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Gives `temporary` the name `path`. Errors: FILE_EXISTS if `path` exists. */
function linkNew(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw fileExistsError(path)
    // this file system has no hard links
    if (!isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP')) throw error
    renameSync(temporary, path)
  }
}

function open(temporary: string, path: string): number {
  try {
    return openSync(temporary, 'wx', 0o644)
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `open ${path}: ${plainReason(cause)}`, { cause })
  }
}

/** The error FILE_EXISTS: the output `path` exists, and the user did not allow its replacement. */
export const fileExistsError = (path: string): RuntimeError =>
  new RuntimeError('FILE_EXISTS', `${path}: exists already`, { hint: '--overwrite replaces it' })
