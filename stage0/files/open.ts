import { closeSync, openSync, readFileSync } from 'node:fs'
import { wrapFileErrors } from './file-errors.js'

/**
 * Opens a file that the user named for reading, passes its descriptor to `use`, and closes it.
 * Errors: FILE_UNREADABLE; those of `use`.
 */
export async function withFile<T>(path: string, use: (fd: number) => Promise<T>): Promise<T> {
  const fd = wrapFileErrors(path, () => openSync(path, 'r'))
  try {
    return await use(fd)
  } finally {
    closeSync(fd)
  }
}

/** Reads a file that the user named. Errors: FILE_UNREADABLE. */
export const readBytes = (path: string): Buffer => wrapFileErrors(path, () => readFileSync(path))
