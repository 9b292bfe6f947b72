import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { unitID } from '#schema/unit-name.js'
import type { DataDir } from '../data-dir.js'
import { ignoreMissing } from '../files/missing.js'
import { liveHolder } from './live-holder.js'
import type { Pod } from './pod.js'
import { readRunSpec } from './records.js'
import { askStage1 } from './stage1.js'

/** Where systemd keeps the files of transient units as long as they are loaded. */
const TRANSIENT = '/run/systemd/transient'

/** Where it writes down for journald what each unit's entries are to have; LogExtraFields= stay for ever (as of 257). */
const UNITS = '/run/systemd/units'
const EXTRA_FIELDS = 'log-extra-fields:'

/** Clears what a pod left with systemd. */
export async function clearLeftovers(dir: DataDir, pod: Pod): Promise<void> {
  const id = readRunSpec(pod.directory).id ?? unitID(pod.uuid)
  // the units of that name may be those of a newer pod
  if (hasUnits(id) && liveHolder(dir, id, pod.uuid) === null) await askStage1(pod, 'gc')
  for (const path of filesOf(UNITS, EXTRA_FIELDS, id)) if (mentions(path, pod.uuid)) rmSync(path, { force: true })
}

/** Asked first, because nearly every pod leaves no unit and a launcher costs more than all the rest of its removal. */
const hasUnits = (id: string): boolean => filesOf(TRANSIENT, '', id).length > 0

const filesOf = (directory: string, prefix: string, id: string): readonly string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => name.startsWith(`${prefix}appc-${id}.`) || name.startsWith(`${prefix}appc-${id}-`))
        .map((name) => join(directory, name))
    : []

const mentions = (path: string, text: string): boolean => ignoreMissing(() => readFileSync(path).includes(text), false)
