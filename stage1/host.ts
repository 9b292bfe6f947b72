import { existsSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'

/** Where systemd finds units (systemd.unit(5)). */
const UNIT_DIRECTORIES = [
  '/usr/lib/systemd/system',
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/run/systemd/system',
]

/**
 * Refuses hosts on which a pod could not end: without systemd, or without the target that a failing app starts.
 *
 * @throws RuntimeError HOST_UNSUPPORTED
 */
export function checkHost(): void {
  if (!existsSync('/run/systemd/system')) {
    throw new RuntimeError('HOST_UNSUPPORTED', 'systemd: does not run this host')
  }
  if (!UNIT_DIRECTORIES.some((directory) => existsSync(`${directory}/appc-stop@.target`))) {
    throw new RuntimeError('HOST_UNSUPPORTED', 'appc-stop@.target: not installed', { hint: 'scripts/install-units' })
  }
}
