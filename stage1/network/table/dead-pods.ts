import { closeSync, existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import { leaveNetworks } from '../plugins/leave.js'

/**
 * Takes the pods beside the current directory's that have ended out of their networks: their units
 * are about to do it, or have crashed. The lock of such a pod is free.
 */
export async function leaveForDeadPods(uuid: string): Promise<void> {
  for (const name of readdirSync('..')) {
    const directory = resolve('..', name)
    if (name === uuid || !existsSync(join(directory, POD_DIR.leave))) continue
    try {
      const lock = native.tryLock(join(directory, POD_DIR.lock), 'exclusive')
      if (lock === null) continue
      try {
        await leaveNetworks(directory)
      } finally {
        closeSync(lock)
      }
    } catch {
      // the caller reports the port that is still taken
    }
  }
}
