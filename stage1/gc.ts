import { readRunSpec } from './pod-directory.js'
import { stopPod, unitsOfPod } from './pod-units.js'
import { Bus } from './systemd/bus.js'
import { resetFailed } from './systemd/manager.js'

/** Removes whatever units an ended pod has left; there are none, unless something crashed. */
export async function gc(): Promise<number> {
  const spec = readRunSpec()
  const { loaded: left } = await stopPod(await Bus.open(), spec, { force: false })
  if (left.length === 0) return 0
  const bus = await Bus.open()
  try {
    await Promise.all((await unitsOfPod(bus, spec)).map(({ name }) => resetFailed(bus, name)))
    return 0
  } finally {
    bus.close()
  }
}
