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
 * Removes a pod that does not run, whatever its state; gives its UUID. Errors: POD_NOT_FOUND, POD_AMBIGUOUS, POD_STATE
 * for one that runs or that another appc works on; those of {@link Leftovers.remove}.
 */
export async function removePod(dir: DataDir, reference: string, leftovers: Leftovers): Promise<string> {
  const { pod } = findPod(dir, reference)
  for (;;) {
    const now = locatePod(dir, pod.uuid)
    if (now === null) return pod.uuid
    const lock = await acquire(now.pod.directory)
    if (lock === 'gone') continue
    if (lock === 'busy') throw busy(now.pod)
    await withLock(lock, async () => {
      const grave = move(dir, now.pod, DISCARD_PLACE[now.pod.place])
      // gone for everybody but its launcher; the collector does the rest
      if (!(await removeBuried(grave, leftovers)) && grave.place !== 'garbage') move(dir, grave, 'garbage')
    })
    return pod.uuid
  }
}

function busy({ uuid, place }: Pod): RuntimeError {
  if (place === 'run') {
    return new RuntimeError('POD_STATE', `${uuid}: is running`, { hint: `appc stop ${uuid}` })
  }
  const doing = place === 'prepare' || place === 'prepared' ? 'prepared' : 'removed'
  return new RuntimeError('POD_STATE', `${uuid}: is being ${doing} by another appc`, { hint: `appc status ${uuid}` })
}

/** Deletes a pod in its grave, with all it left behind, unless its launcher still reads there. The caller holds its lock. */
export async function removeBuried(pod: Pod, leftovers: Leftovers): Promise<boolean> {
  if (isRead(pod)) return false
  await leftovers.remove(pod)
  removeDirectory(pod)
  return true
}

/** Its launcher has yet to read how it ended: it holds the run spec until then. */
const isRead = ({ directory }: Pod): boolean =>
  ignoreMissing(() => lockState(join(directory, POD_DIR.runSpec), 'exclusive') === 'held', false, UNOPENED)

/** What a run spec gives that cannot be opened: nobody holds it. */
const UNOPENED = ['ELOOP', 'EISDIR', 'EACCES', 'EIO']
