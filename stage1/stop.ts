import { readExit, readRunSpec } from './pod-directory.js'
import { stopPod } from './pod-units.js'
import { Bus } from './systemd/bus.js'
import { stopTimeouts } from './timeouts.js'

/**
 * Stops the pod of the current directory and waits for its end: SIGTERM, then post-stop (E15); with
 * `force` SIGKILL. Gives one line for each app that was killed because it took too long. Errors:
 * those of {@link readRunSpec} and {@link stopPod}.
 */
export async function stop(force: boolean): Promise<readonly string[]> {
  const spec = readRunSpec()
  const { timedOut } = await stopPod(await Bus.open(), spec, { force })
  return stopTimeouts(spec, timedOut, readExit)
}
