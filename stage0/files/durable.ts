import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

/** Makes renames and new names in a directory survive a power cut. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Writes a new file (EEXIST where there is one) and waits until its bytes are on disk; its name is not yet. */
export function writeDurable(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
