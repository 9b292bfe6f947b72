import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { GCRequest } from '#schema/stage1.js'
import { readRunSpec } from './pod-directory.js'
import { stopPod, unitsOfPod } from './pod-units.js'
import { Bus } from './systemd/bus.js'
import { resetFailed } from './systemd/manager.js'
import { hasTransientUnits, removeExtraFields } from './systemd/unit-files.js'

/**
 * Removes what an ended pod left: its units and its networks (none, unless something crashed), and
 * the files in which systemd keeps its extra fields for journald. Gives a warning where the pod
 * could not leave its networks. Errors: those of {@link readRunSpec} and {@link stopPod}.
 */
export async function gc({ uuid, id, directory, idInUse }: GCRequest): Promise<readonly string[]> {
  if (!idInUse && hasTransientUnits(id)) {
    process.chdir(directory)
    await removeUnits()
  }
  removeExtraFields(id, uuid)
  return await leave(directory)
}

/** A pod whose plugin fails again and again is removed all the same; gives the warning. */
async function leave(directory: string): Promise<readonly string[]> {
  if (!existsSync(join(directory, POD_DIR.leave))) return []
  try {
    await (await import('./network/plugins/leave.js')).leaveNetworks(directory)
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

async function removeUnits(): Promise<void> {
  const spec = readRunSpec()
  const { loaded } = await stopPod(await Bus.open(), spec, { force: false })
  if (loaded.length === 0) return
  const bus = await Bus.open()
  try {
    await Promise.all((await unitsOfPod(bus, spec)).map(({ name }) => resetFailed(bus, name)))
  } finally {
    bus.close()
  }
}
