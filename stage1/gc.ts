import { readRunSpec } from './pod-directory.js'
import { stopPod, unitsOfPod } from './pod-units.js'
import { Bus } from './systemd/bus.js'
import { resetFailed } from './systemd/manager.js'

/** Removes whatever units an ended pod has left; there are none, unless something crashed. Gives no warnings. */
export async function gc(): Promise<readonly string[]> {
  const spec = readRunSpec()
  const { loaded: left } = await stopPod(await Bus.open(), spec, { force: false })
  if (left.length === 0) return []
  const bus = await Bus.open()
  try {
    await Promise.all((await unitsOfPod(bus, spec)).map(({ name }) => resetFailed(bus, name)))
    return []
  } finally {
    bus.close()
  }
}
