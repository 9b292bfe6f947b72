import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from '#schema/errors.js'

/** systemd keeps the files of transient units here as long as the units are loaded. */
const TRANSIENT = '/run/systemd/transient'

/** systemd writes down here what journald adds to the entries of a unit; LogExtraFields= stay for ever (as of 257). */
const UNITS = '/run/systemd/units'
const EXTRA_FIELDS = 'log-extra-fields:'

/** Whether systemd has units of pods with that ID loaded. Costs no D-Bus call: nearly every pod leaves no unit. */
export const hasTransientUnits = (id: string): boolean => filesOf(TRANSIENT, '', id).length > 0

/** Removes the extra fields of a pod's units; those of a newer pod with the same ID stay. */
export function removeExtraFields(id: string, uuid: string): void {
  for (const path of filesOf(UNITS, EXTRA_FIELDS, id)) if (mentions(path, uuid)) rmSync(path, { force: true })
}

const filesOf = (directory: string, prefix: string, id: string): readonly string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => name.startsWith(`${prefix}appc-${id}.`) || name.startsWith(`${prefix}appc-${id}-`))
        .map((name) => join(directory, name))
    : []

function mentions(path: string, text: string): boolean {
  try {
    return readFileSync(path).includes(text)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}
