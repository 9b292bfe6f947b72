import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { RunSpec } from '#schema/run-spec.js'
import type { DataDir } from '../data-dir.js'
import { underLock } from '../files/lock.js'
import { liveHolder } from '../pod/live-holder.js'
import type { Pod } from '../pod/pod.js'

/**
 * Writes the run spec into a locked pod directory, which reserves its ID: no other live pod gets
 * the same ID. Errors: POD_NAME_TAKEN.
 */
export async function claim(dir: DataDir, pod: Pod, spec: RunSpec): Promise<void> {
  const write = (): void => {
    writeFileSync(join(pod.directory, POD_DIR.runSpec), `${JSON.stringify(spec)}\n`, { mode: 0o600 })
  }
  // the ID of a nameless pod comes from its new UUID and is unique without a check
  if (spec.podName === undefined) {
    write()
    return
  }
  await underLock(dir.pods, () => {
    const holder = liveHolder(dir, spec.id, pod.uuid)
    if (holder !== null) {
      throw new RuntimeError('POD_NAME_TAKEN', `${spec.podName}: pod ${holder.uuid} has this name`, {
        hint: `appc stop ${spec.podName}`,
      })
    }
    write()
  })
}
