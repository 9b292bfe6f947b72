import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import type { Pod } from './pod.js'

/** Deletes a pod's directory. The lock file goes last, so that nobody takes what is half removed for a pod that nobody works on. */
export function removeDirectory({ directory }: Pod): void {
  for (const name of readdirSync(directory)) {
    if (name !== POD_DIR.lock) native.removeTree(join(directory, name))
  }
  native.removeTree(directory)
}
