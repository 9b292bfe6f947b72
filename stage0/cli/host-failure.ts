import { dirname } from 'node:path'
import { isErrno, messageOf, plainReason, RuntimeError } from '#schema/errors.js'

/**
 * System errors that the host causes, each with the command that the operator types next; `at` is
 * the directory of the file.
 */
const HINTS: Readonly<Record<string, (at: string) => string>> = {
  EROFS: (at) => `findmnt --target ${at}`,
  ENOSPC: (at) => `df --human-readable ${at}; appc gc and appc image gc make room`,
  EDQUOT: (at) => `df --human-readable ${at}; appc gc and appc image gc make room`,
  EACCES: (at) => `namei --long ${at}`,
  EPERM: (at) => `lsattr -d ${at}`,
  ENOTDIR: (at) => `namei --long ${at}`,
  ELOOP: (at) => `namei --long ${at}`,
  ENAMETOOLONG: (at) => `namei --long ${at}`,
  EIO: () => 'journalctl --dmesg --priority=err',
  EUCLEAN: () => 'journalctl --dmesg --priority=err',
  EMFILE: () => 'ulimit -n',
  ENFILE: () => 'sysctl fs.file-nr',
  ENOMEM: () => 'free --human',
}

/** Converts a system error that the host causes to a RuntimeError; null for a bug of appc. */
export function hostFailure(error: unknown): RuntimeError | null {
  if (!isErrno(error, 'ENOENT', ...Object.keys(HINTS))) return null
  const { code, path } = error as NodeJS.ErrnoException
  // ENOENT here is an unexpected race, and so a bug
  const hint = HINTS[code ?? '']
  if (hint === undefined) return null
  return new RuntimeError('FILE_UNREADABLE', reasonOf(error as NodeJS.ErrnoException), {
    hint: hint(path === undefined ? '/' : dirname(path)),
    cause: error,
  })
}

/**
 * The command that the operator types next after a system error that names its file; undefined
 * where no command helps.
 */
export function hostHint(error: unknown): string | undefined {
  if (!isErrno(error, ...Object.keys(HINTS))) return undefined
  const { code, path } = error as NodeJS.ErrnoException
  const hint = HINTS[code ?? '']
  if (hint === undefined || (path === undefined && hint.length > 0)) return undefined
  return hint(path === undefined ? '/' : dirname(path))
}

/**
 * The message with the name of the file: the native addon puts it into the message, Bun into
 * `path`.
 */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.path !== undefined) return `${error.path}: ${plainReason(error)}`
  return error.syscall === undefined ? messageOf(error) : `${error.syscall}: ${plainReason(error)}`
}
