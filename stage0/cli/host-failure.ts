import { dirname } from 'node:path'
import { isErrno, messageOf, plainReason, RuntimeError } from '#schema/errors.js'

/** What the kernel refuses for reasons of the host, and what the operator types next; `at` is the directory of the file. */
const NEXT: Readonly<Record<string, (at: string) => string>> = {
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

/** A failed system call that the host is to blame for, in words; null for what is a bug of ours. */
export function hostFailure(error: unknown): RuntimeError | null {
  if (!isErrno(error, 'ENOENT', ...Object.keys(NEXT))) return null
  const { code, path } = error as NodeJS.ErrnoException
  // elsewhere what is missing is a race that was not thought of
  const next = NEXT[code ?? '']
  if (next === undefined) return null
  return new RuntimeError('FILE_UNREADABLE', reasonOf(error as NodeJS.ErrnoException), {
    hint: next(path === undefined ? '/' : dirname(path)),
    cause: error,
  })
}

/** What the operator types next after a failed system call that names its file; undefined where nothing helps. */
export function hintOfHost(error: unknown): string | undefined {
  if (!isErrno(error, ...Object.keys(NEXT))) return undefined
  const { code, path } = error as NodeJS.ErrnoException
  const next = NEXT[code ?? '']
  if (next === undefined || (path === undefined && next.length > 0)) return undefined
  return next(path === undefined ? '/' : dirname(path))
}

/** The addon names the file in its message, Bun beside it. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.path !== undefined) return `${error.path}: ${plainReason(error)}`
  return error.syscall === undefined ? messageOf(error) : `${error.syscall}: ${plainReason(error)}`
}
