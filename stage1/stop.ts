import { readRunSpec } from './pod-directory.js'
import { stopPod } from './pod-units.js'
import { Bus } from './systemd/bus.js'

/** Stops the pod of the current directory and waits for its end: SIGTERM, then post-stop (E15); with `force` SIGKILL. */
export async function stop(force: boolean): Promise<number> {
  const spec = readRunSpec()
  await stopPod(await Bus.open(), spec, { force })
  return 0
}
