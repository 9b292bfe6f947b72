import type { GCRequest } from '#schema/stage1.js'
import { readRunSpec } from './pod-directory.js'
import { stopPod, unitsOfPod } from './pod-units.js'
import { Bus } from './systemd/bus.js'
import { resetFailed } from './systemd/manager.js'
import { hasTransientUnits, removeExtraFields } from './systemd/unit-files.js'

/**
 * Removes what an ended pod left with systemd: its units (none, unless something crashed) and the
 * files in which systemd keeps its extra fields for journald. Gives no warnings. Errors: those of
 * {@link readRunSpec} and {@link stopPod}.
 */
export async function gc({ uuid, id, directory, idInUse }: GCRequest): Promise<readonly string[]> {
  if (!idInUse && hasTransientUnits(id)) {
    process.chdir(directory)
    await removeUnits()
  }
  removeExtraFields(id, uuid)
  return []
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
