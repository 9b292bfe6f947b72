import { closeSync, openSync, readFileSync } from 'node:fs'
import { orRefuse } from './refuse.js'

/** Opens a file that a user named, to read it for the time of `use`. Errors: FILE_UNREADABLE, and those of `use`. */
export async function withFile<T>(path: string, use: (fd: number) => Promise<T>): Promise<T> {
  const fd = orRefuse(path, () => openSync(path, 'r'))
  try {
    return await use(fd)
  } finally {
    closeSync(fd)
  }
}

/** All bytes of a file that a user named. Errors: FILE_UNREADABLE. */
export const readBytes = (path: string): Buffer => orRefuse(path, () => readFileSync(path))
