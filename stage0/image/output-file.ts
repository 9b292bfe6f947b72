import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { plainReason } from './reason.js'

/** How an output file is to be made. */
export interface OutputOptions {
  /** Replace a file that is there; else FILE_EXISTS. */
  readonly overwrite: boolean
}

/**
 * Lets `write` fill a file beside `path` and puts it at `path` when it is whole and on disk; whatever goes wrong before
 * leaves nothing behind and an older file as it was. Errors: FILE_EXISTS, FILE_UNREADABLE.
 */
export async function writeWhole(
  path: string,
  { overwrite }: OutputOptions,
  write: (fd: number) => Promise<void>,
): Promise<void> {
  // told before the work, so that nobody waits for a refusal
  if (!overwrite && existsSync(path)) throw exists(path)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.part`
  const fd = open(temporary, path)
  try {
    await write(fd)
    fsyncSync(fd)
    if (overwrite) renameSync(temporary, path)
    else linkSync(temporary, path)
  } catch (error) {
    throw isErrno(error, 'EEXIST') ? exists(path) : error
  } finally {
    closeSync(fd)
    rmSync(temporary, { force: true })
  }
}

function open(temporary: string, path: string): number {
  try {
    return openSync(temporary, 'wx', 0o644)
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `open ${path}: ${plainReason(cause)}`, { cause })
  }
}

const exists = (path: string): RuntimeError =>
  new RuntimeError('FILE_EXISTS', `${path}: exists already`, { hint: '--overwrite replaces it' })
