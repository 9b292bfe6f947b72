import { metadataUnit } from '#schema/unit-name.js'
import { readRunSpec } from './pod-directory.js'
import { Bus } from './systemd/bus.js'
import { stopUnit } from './systemd/manager.js'

/**
 * Stops the metadata service of the current directory's pod, if it runs: the next request starts it
 * with the credentials that are valid then. Errors: those of {@link readRunSpec} and
 * {@link stopUnit}.
 */
export async function renew(): Promise<readonly string[]> {
  const spec = readRunSpec()
  if (spec.metadata === false) return []
  const bus = await Bus.open()
  try {
    await stopUnit(bus, metadataUnit(spec, 'service'))
    return []
  } finally {
    bus.close()
  }
}
