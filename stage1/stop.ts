import { readExit, readRunSpec } from './pod-directory.js'
import { stopPod } from './pod-units.js'
import { warn } from './report.js'
import { Bus } from './systemd/bus.js'
import { stopTimeouts } from './timeouts.js'

/** Stops the pod of the current directory and waits for its end: SIGTERM, then post-stop (E15); with `force` SIGKILL. What had to be killed
 * because it took too long is told. */
export async function stop(force: boolean): Promise<number> {
  const spec = readRunSpec()
  const { timedOut } = await stopPod(await Bus.open(), spec, { force })
  stopTimeouts(spec, timedOut, readExit).forEach(warn)
  return 0
}
