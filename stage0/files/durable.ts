import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

/** Syncs a directory, so that renames and new names in it survive a power cut. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Writes a new file and syncs its content; its name is not synced yet. Errors: EEXIST where `path`
 * exists.
 */
export function writeDurable(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
