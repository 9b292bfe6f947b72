import { join } from 'node:path'
import { DEFAULT_FLAVOR, type Flavor, LOCK_FD } from '#schema/run-spec.js'
import { messageOf, RuntimeError } from '#schema/errors.js'
import { library, native } from '#native'
import type { BecomingVerb } from '#schema/stage1.js'
import type { PodLock } from './lock.js'
import type { Pod } from './pod.js'
import { readRunSpec } from './records.js'
import type { Turn } from './turn.js'

/** The launchers of the stage1 flavors, which are installed beside this program. */
const LAUNCHERS: Readonly<Record<Flavor, string>> = { systemd: 'stage1' }

/**
 * The path of the launcher of a pod's stage1 flavor. Errors: POD_STATE where this appc does not
 * have the flavor.
 */
export function stage1Program({ uuid, directory }: Pod): string {
  const flavor = readRunSpec(directory).flavor ?? DEFAULT_FLAVOR
  if (isFlavor(flavor)) return join(library, LAUNCHERS[flavor])
  throw new RuntimeError('POD_STATE', `${uuid}: is of the stage1 flavor ${flavor}, which this appc does not have`, {
    hint: 'appc version',
  })
}

const isFlavor = (name: string): name is Flavor => Object.hasOwn(LAUNCHERS, name)

/**
 * Executes the stage1 launcher of a pod: in the same process, in the pod directory, with the lock
 * and the turn as descriptors 3 and 4. Does not return; the exec closes all other descriptors of
 * this process. Errors: those of {@link become} and {@link stage1Program}.
 */
export function handOver(pod: Pod, lock: PodLock, turn: Turn): never {
  const program = stage1Program(pod)
  process.chdir(pod.directory)
  native.inheritFrom(LOCK_FD, [lock.fd, turn.fd])
  return become(program, ['run', pod.uuid])
}

/**
 * Executes `stage1 VERB UUID WORDS` in the pod directory. Does not return. Errors: those of
 * {@link become} and {@link stage1Program}.
 */
export function becomeStage1(pod: Pod, verb: BecomingVerb, words: readonly string[]): never {
  const program = stage1Program(pod)
  process.chdir(pod.directory)
  return become(program, [verb, pod.uuid, ...words])
}

/**
 * Executes another program in this process. Does not return. Errors: HOST_UNSUPPORTED where the
 * program cannot be executed.
 */
export function become(program: string, words: readonly string[]): never {
  try {
    return native.execute(program, [program, ...words])
  } catch (cause) {
    throw new RuntimeError('HOST_UNSUPPORTED', messageOf(cause), { hint: `namei --long ${program}`, cause })
  }
}
