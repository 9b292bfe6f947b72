import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { POD_DIR } from '#schema/pod-dir.js'
import type { DataDir } from '../data-dir.js'
import { isLocked } from './lock.js'
import { scan } from './pod.js'
import { askStage1 } from './stage1.js'

/**
 * Repairs what other programs of the host have removed of the networks of running pods: one
 * `stage1 repair` does it for all of them. Gives its warnings. Errors: those of `stage1 repair`.
 */
export async function repairNetworks(dir: DataDir): Promise<readonly string[]> {
  const pod = scan(dir, ['run']).find(
    ({ directory }) => existsSync(join(directory, POD_DIR.networks)) && isLocked(directory) === true,
  )
  return pod === undefined ? [] : await askStage1(pod, 'repair')
}
