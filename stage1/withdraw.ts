import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'

/**
 * Removes the pod whose directory is the current one, and of which nothing was started: the caller
 * gets the error, so nothing needs to be kept. Where the removal fails, the pod remains as an
 * exited one.
 */
export async function withdraw(uuid: string): Promise<void> {
  try {
    if (existsSync(POD_DIR.leave)) {
      await (await import('./network/plugins/leave.js')).leaveNetworks(process.cwd())
    }
    const garbage = join(process.cwd(), '../../garbage', uuid)
    renameSync(process.cwd(), garbage)
    // The lock file is removed last: while it exists and is locked, the collector leaves the
    // directory alone.
    for (const name of readdirSync(garbage)) if (name !== POD_DIR.lock) native.removeTree(join(garbage, name))
    native.removeTree(garbage)
  } catch {
    // The caller reports the error for which the pod is removed.
  }
}
