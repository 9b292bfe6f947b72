import { join } from 'node:path'
import { LOCK_FD } from '#schema/run-spec.js'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { library, native } from '#native'
import type { PodLock } from './lock.js'
import type { Pod } from './pod.js'
import type { Turn } from './turn.js'

/** The stage1 launcher, which is installed beside this program. */
export const stage1Program = (): string => join(library, 'stage1')

/**
 * Becomes the stage1 launcher of a pod: the same process, in the pod directory, with the lock and the turn as descriptors 3 and 4.
 * Does not return; everything else this process held is closed by the exec.
 */
export function handOver(pod: Pod, lock: PodLock, turn: Turn): never {
  process.chdir(pod.directory)
  native.inheritFrom(LOCK_FD, [lock.fd, turn.fd])
  return becomeStage1(['run', pod.uuid])
}

/** Becomes `stage1 WORDS` in the current directory. Does not return. */
export const becomeStage1 = (words: readonly string[]): never => become(stage1Program(), words)

/** Becomes another program. Does not return. Errors: HOST_UNSUPPORTED. */
export function become(program: string, words: readonly string[]): never {
  try {
    return native.execute(program, [program, ...words])
  } catch (cause) {
    throw new RuntimeError('HOST_UNSUPPORTED', messageOf(cause), { hint: `namei --long ${program}`, cause })
  }
}
