import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import type { Pod } from './pod.js'

/**
 * Deletes a pod's directory. The lock file is deleted last, so that no process takes a partly
 * deleted directory for an unlocked pod.
 */
export function removeDirectory({ directory }: Pod): void {
  for (const name of readdirSync(directory)) {
    if (name !== POD_DIR.lock) native.removeTree(join(directory, name))
  }
  native.removeTree(directory)
}
