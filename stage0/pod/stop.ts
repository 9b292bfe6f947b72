import { RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { findPod } from './find.js'
import { locatePod } from './pod.js'
import { askStage1 } from './stage1.js'
import { waitUntilStopped } from './wait.js'

/** A stopped pod; `already` is true where it did not run before. */
export interface StopResult {
  readonly uuid: string
  readonly already: boolean
  /** One line for each app that had to be killed. */
  readonly notes: readonly string[]
}

/**
 * Stops a running pod and waits until it has ended. `force` kills it at once. Errors:
 * POD_NOT_FOUND, POD_AMBIGUOUS; POD_STATE where the pod never ran; SYSTEMD.
 */
export async function stopPod(dir: DataDir, reference: string, force: boolean): Promise<StopResult> {
  const { pod, state } = findPod(dir, reference)
  const { uuid } = pod
  if (pod.place === 'exited-garbage' || state === 'exited') return { uuid, already: true, notes: [] }
  if (state !== 'running') {
    throw new RuntimeError('POD_STATE', `${uuid}: is not running (${state})`, { hint: `appc rm ${uuid}` })
  }
  let notes: readonly string[] = []
  try {
    const warnings = await askStage1(pod, 'stop', force ? ['--force'] : [])
    notes = warnings.map((warning) => `warning: ${warning}`)
  } catch (error) {
    // The pod may have ended by itself meanwhile.
    if (locatePod(dir, uuid)?.state === 'running') throw error
  }
  await waitUntilStopped(dir, uuid)
  return { uuid, already: false, notes }
}
