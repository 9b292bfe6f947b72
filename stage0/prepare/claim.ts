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
 * Writes the run spec into a locked pod directory, which reserves its ID and its ports: no other
 * live pod gets the same. Errors: POD_NAME_TAKEN, PORT_TAKEN.
 */
export async function claim(dir: DataDir, pod: Pod, spec: RunSpec): Promise<void> {
  const write = (): void => {
    writeFileSync(join(pod.directory, POD_DIR.runSpec), `${JSON.stringify(spec)}\n`, { mode: 0o600 })
  }
  const { podName } = spec
  const ports = spec.network === 'host' ? [] : (spec.ports ?? [])
  // the ID of a nameless pod comes from its new UUID and is unique without a check
  if (podName === undefined && ports.length === 0) {
    write()
    return
  }
  const checkPorts = ports.length === 0 ? null : (await import('./pod-ports.js')).checkPodPorts
  await underLock(dir.pods, () => {
    if (podName !== undefined) checkName(dir, podName, pod, spec)
    checkPorts?.(dir, ports, pod.uuid)
    write()
  })
}

function checkName(dir: DataDir, podName: string, pod: Pod, spec: RunSpec): void {
  const holder = liveHolder(dir, spec.id, pod.uuid)
  if (holder === null) return
  throw new RuntimeError('POD_NAME_TAKEN', `${podName}: pod ${holder.uuid} has this name`, {
    hint: `appc stop ${podName}`,
  })
}
