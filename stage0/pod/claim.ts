import { closeSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { RunSpec } from '#schema/run-spec.js'
import { native } from '#native'
import type { DataDir, Place } from '../data-dir.js'
import { isLocked } from './lock.js'
import { scan, type Pod } from './pod.js'
import { readRunSpec } from './records.js'

/** Where a pod may be that has, or will have, units. */
const LIVING: readonly Place[] = ['prepare', 'prepared', 'run']

/** The live pod (being prepared, prepared or running) whose units have that ID, other than `uuid`; null where none has. */
export function liveHolder(dir: DataDir, id: string, uuid: string): Pod | null {
  const holder = scan(dir, LIVING).find(
    (pod) =>
      pod.uuid !== uuid &&
      readRunSpec(pod.directory).id === id &&
      (pod.place === 'prepared' || isLocked(pod.directory) === true),
  )
  return holder ?? null
}

/**
 * Writes the run spec into a locked pod directory, which is what makes its ID taken: no other live pod gets the same.
 * Errors: POD_NAME_TAKEN.
 */
export async function claim(dir: DataDir, pod: Pod, spec: RunSpec): Promise<void> {
  const write = (): void => {
    writeFileSync(join(pod.directory, POD_DIR.runSpec), `${JSON.stringify(spec)}\n`, { mode: 0o600 })
  }
  // an ID out of a fresh UUID needs no asking
  if (spec.podName === undefined) {
    write()
    return
  }
  const lock = native.tryLock(dir.pods, 'exclusive') ?? (await native.waitLock(dir.pods, 'exclusive'))
  try {
    const holder = liveHolder(dir, spec.id, pod.uuid)
    if (holder !== null) {
      throw new RuntimeError('POD_NAME_TAKEN', `${spec.podName}: pod ${holder.uuid} has this name`, {
        hint: `appc stop ${spec.podName}`,
      })
    }
    write()
  } finally {
    closeSync(lock)
  }
}
