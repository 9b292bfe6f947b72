import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { DataDir } from '../data-dir.js'
import { lockState } from '../files/lock.js'
import { ignoreMissing } from '../files/missing.js'
import { findPod } from './find.js'
import type { Leftovers } from './leftovers.js'
import { acquire, withLock } from './lock.js'
import { locatePod, move, type Pod } from './pod.js'
import { removeDirectory } from './remove-directory.js'
import { DISCARD_PLACE } from './state.js'

/**
 * Removes a pod that does not run, in any state; gives its UUID. Errors: POD_NOT_FOUND,
 * POD_AMBIGUOUS; POD_STATE where it runs, or another appc holds its lock; those of
 * {@link Leftovers.remove}.
 */
export async function removePod(dir: DataDir, reference: string, leftovers: Leftovers): Promise<string> {
  const { pod } = findPod(dir, reference)
  for (;;) {
    const current = locatePod(dir, pod.uuid)
    if (current === null) return pod.uuid
    const lock = await acquire(current.pod.directory)
    if (lock === 'gone') continue
    if (lock === 'busy') throw busy(current.pod)
    await withLock(lock, async () => {
      const marked = move(dir, current.pod, DISCARD_PLACE[current.pod.place])
      // Only its launcher can still read the pod. The collector removes the rest.
      if (!(await removeGarbage(marked, leftovers)) && marked.place !== 'garbage') move(dir, marked, 'garbage')
    })
    return pod.uuid
  }
}

function busy({ uuid, place }: Pod): RuntimeError {
  if (place === 'run') {
    return new RuntimeError('POD_STATE', `${uuid}: is running`, { hint: `appc stop ${uuid}` })
  }
  const activity = place === 'prepare' || place === 'prepared' ? 'prepared' : 'removed'
  return new RuntimeError('POD_STATE', `${uuid}: is being ${activity} by another appc`, { hint: `appc status ${uuid}` })
}

/**
 * Removes a pod that was moved to a garbage directory, with everything it left behind, and gives
 * true. Gives false where its launcher still reads there. The caller holds its lock.
 */
export async function removeGarbage(pod: Pod, leftovers: Leftovers): Promise<boolean> {
  if (isReadByLauncher(pod)) return false
  await leftovers.remove(pod)
  removeDirectory(pod)
  return true
}

/**
 * Whether its launcher has yet to read how the pod ended: the launcher holds a lock on the run spec
 * until then.
 */
const isReadByLauncher = ({ directory }: Pod): boolean =>
  ignoreMissing(() => lockState(join(directory, POD_DIR.runSpec), 'exclusive') === 'held', false, UNREADABLE)

/** The errors of a run spec that cannot be opened: no process holds a lock on it. */
const UNREADABLE = ['ELOOP', 'EISDIR', 'EACCES', 'EIO']
