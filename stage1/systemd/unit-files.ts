import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from '#schema/errors.js'

/** The directory in which systemd keeps the files of transient units while the units are loaded. */
const TRANSIENT = '/run/systemd/transient'

/**
 * The directory in which systemd writes, for journald, what to add to the entries of a unit.
 * systemd (as of 257) never removes the files of LogExtraFields=.
 */
const UNITS = '/run/systemd/units'
const EXTRA_FIELDS = 'log-extra-fields:'

/**
 * Whether systemd has units of pods with this ID loaded. Needs no D-Bus call, because nearly every
 * pod leaves no unit.
 */
export const hasTransientUnits = (id: string): boolean => filesOf(TRANSIENT, '', id).length > 0

/** Removes the extra fields of a pod's units, but not those of a newer pod with the same ID. */
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
