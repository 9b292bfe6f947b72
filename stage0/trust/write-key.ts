import { fchmodSync, mkdirSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { syncDirectory } from '../files/durable.js'
import { underLock } from '../files/lock.js'
import { writeOutputFile } from '../files/output-file.js'

/**
 * Writes a file of the keystore; `make` returns its text and runs while the directory is locked
 * against other writers. Errors: FILE_UNREADABLE; those of `make`.
 */
export async function writeKeyFile(path: string, make: () => Promise<string>): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    await withLock(dirname(path), async () => {
      const text = await make()
      await writeOutputFile(path, { overwrite: true }, (fd) => {
        fchmodSync(fd, 0o644)
        writeSync(fd, text)
        return Promise.resolve()
      })
    })
    syncDirectory(dirname(path))
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause
    throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot write the key: ${messageOf(cause)}`, { cause })
  }
}

/** Removes a key file; false where there is none. Empty files are masks and are kept. */
export function removeKeyFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isFile() !== true || stat.size === 0) return false
  rmSync(path)
  syncDirectory(dirname(path))
  return true
}

/**
 * Runs `write` with the directory locked. Drafts in it belong to interrupted processes and are
 * removed.
 */
async function withLock(directory: string, write: () => Promise<void>): Promise<void> {
  await underLock(directory, async () => {
    for (const name of readdirSync(directory).filter((entry) => DRAFT.test(entry))) rmSync(join(directory, name))
    await write()
  })
}

/** The name that writeOutputFile gives a file of the keystore until it is complete. */
const DRAFT = /^[0-9a-f]{40,64}\.[0-9a-f]{12}\.part$/
