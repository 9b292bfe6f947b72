import { existsSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'

/** The directories from which systemd loads units (systemd.unit(5)). */
const UNIT_DIRECTORIES = [
  '/usr/lib/systemd/system',
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/run/systemd/system',
]

/**
 * Checks that a pod can run and end on this host. Errors: HOST_UNSUPPORTED where the host does not
 * run systemd, or where the target is missing that a failing app starts.
 */
export function checkHost(): void {
  if (!existsSync('/run/systemd/system')) {
    throw new RuntimeError('HOST_UNSUPPORTED', 'systemd: does not run this host')
  }
  if (!UNIT_DIRECTORIES.some((directory) => existsSync(`${directory}/appc-stop@.target`))) {
    throw new RuntimeError('HOST_UNSUPPORTED', 'appc-stop@.target: not installed', { hint: 'scripts/install-units' })
  }
}
