import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { isErrno, plainReason, RuntimeError } from '#schema/errors.js'
import { randomName } from './random.js'
import { onSignal } from './on-signal.js'

/** How an output file is to be made. */
export interface OutputOptions {
  /** Replace a file that is there; else FILE_EXISTS. */
  readonly overwrite: boolean
}

/**
 * Lets `write` fill a file beside `path` and puts it at `path` when it is whole and on disk; whatever goes wrong before,
 * Ctrl-C included, leaves nothing behind and an older file as it was. Errors: FILE_EXISTS, FILE_UNREADABLE.
 */
export async function writeWhole(
  path: string,
  { overwrite }: OutputOptions,
  write: (fd: number) => Promise<void>,
): Promise<void> {
  // told before the work, so that nobody waits for a refusal
  if (!overwrite && existsSync(path)) throw exists(path)
  const temporary = `${path}.${randomName()}.part`
  const forget = (): void => rmSync(temporary, { force: true })
  const unwatch = onSignal(forget)
  try {
    await fill(open(temporary, path), write)
    if (overwrite) renameSync(temporary, path)
    else putNew(temporary, path)
  } finally {
    forget()
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

/** Gives `temporary` the name `path` unless that is taken. */
function putNew(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw exists(path)
    // a file system without hard links
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

/** FILE_EXISTS: what is to be made at `path` would take the place of something. */
export const exists = (path: string): RuntimeError =>
  new RuntimeError('FILE_EXISTS', `${path}: exists already`, { hint: '--overwrite replaces it' })
