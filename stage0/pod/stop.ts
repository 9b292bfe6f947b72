import { RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { findPod } from './find.js'
import { locatePod } from './pod.js'
import { askStage1 } from './stage1.js'
import { waitUntilStopped } from './wait.js'

/** A stopped pod; `already` is true if it did not run before the call. */
export interface StopResult {
  readonly uuid: string
  readonly already: boolean
  /** Warnings about apps that were killed, one line each. */
  readonly notes: readonly string[]
}

/**
 * Stops a running pod and waits until it has stopped. `force` kills the apps at once. Errors:
 * POD_NOT_FOUND, POD_AMBIGUOUS, SYSTEMD; POD_STATE for a pod that never ran.
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
    // the pod may have ended by itself in the meantime
    if (locatePod(dir, uuid)?.state === 'running') throw error
  }
  await waitUntilStopped(dir, uuid)
  return { uuid, already: false, notes }
}
