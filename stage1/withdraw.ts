import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import { initProgram } from './pod-directory.js'

/**
 * Removes the pod whose directory is the current one, of which nothing was started: who asked for it is told why, and has nothing
 * to look at. Where that fails it is a pod that has exited.
 */
export async function withdraw(uuid: string): Promise<void> {
  try {
    if (existsSync(POD_DIR.leave)) {
      await (await import('./network/leave.js')).leaveNetworks(process.cwd(), initProgram())
    }
    const grave = join(process.cwd(), '../../garbage', uuid)
    renameSync(process.cwd(), grave)
    // the lock file last: while it is there, and locked, no collector takes the directory for its own
    for (const name of readdirSync(grave)) if (name !== POD_DIR.lock) native.removeTree(join(grave, name))
    native.removeTree(grave)
  } catch {
    // why there is no pod is what is told
  }
}
