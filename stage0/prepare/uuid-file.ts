import { writeFileSync } from 'node:fs'
import { wrapFileErrors } from '../files/file-errors.js'

/** Writes the UUID of a pod into the file of `--uuid-file-save`. Errors: FILE_UNREADABLE. */
export const saveUUID = (path: string, uuid: string): void =>
  wrapFileErrors(path, () => writeFileSync(path, `${uuid}\n`, { mode: 0o644 }))
