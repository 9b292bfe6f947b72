import { writeFileSync } from 'node:fs'
import { plainReason, RuntimeError } from '#schema/errors.js'

/** Writes the UUID of a pod into the file of `--uuid-file-save`. Errors: FILE_UNREADABLE. */
export function saveUUID(path: string, uuid: string): void {
  try {
    writeFileSync(path, `${uuid}\n`, { mode: 0o644 })
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${plainReason(cause)}`, { cause })
  }
}
