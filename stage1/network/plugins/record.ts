import { renameSync, writeFileSync } from 'node:fs'
import { unwritable } from '#schema/unwritable.js'

/**
 * Writes a record of the current pod directory, whole or not at all, for root only. Errors:
 * POD_START_FAILED where the file system refuses it.
 */
export function writeRecord(path: string, content: unknown): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(content), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  } catch (cause) {
    throw unwritable(process.cwd(), cause)
  }
}
