import { statSync } from 'node:fs'
import { PLACES, type DataDir, type Place } from '../data-dir.js'
import { ignoreMissing } from '../files/missing.js'
import { acquire, withLock, isLocked } from './lock.js'
import { move, scan, type Pod } from './pod.js'
import { Leftovers } from './leftovers.js'
import { removeGarbage } from './remove.js'
import { repairNetworks } from './repair-networks.js'
import { DISCARD_PLACE } from './state.js'

export interface GCOptions {
  /** How long the records of an exited pod are kept after it is marked, in milliseconds. */
  readonly gracePeriod: number
  /** How long a prepared pod may wait to be run, in milliseconds. */
  readonly expirePrepared: number
  readonly markOnly: boolean
  /** Changes nothing, and reports what would be done. */
  readonly dryRun?: boolean
}

/** One change that the collector made. */
export interface Change {
  readonly action: 'marked' | 'removed'
  readonly uuid: string
  /** The place of the pod before. */
  readonly from: Place
  /** The new place of a marked pod. */
  readonly to?: Place
}

/** The changes of the collector, and the errors of single pods. */
export interface Collected {
  readonly changes: readonly Change[]
  readonly failures: readonly unknown[]
  /** What removed pods left outside and nobody could remove, and what was repaired. */
  readonly warnings: readonly string[]
}

/**
 * Marks pods that are finished (exited pods, interrupted preparations, expired prepared pods), then
 * removes those that have been marked for long enough. Garbage is removed at once. Pods whose lock
 * is held are left alone, but what other programs have removed of their networks is repaired.
 */
export async function collectPods(dir: DataDir, options: GCOptions, now: Date = new Date()): Promise<Collected> {
  if (options.dryRun === true)
    return {
      changes: scan(dir, PLACES).flatMap((pod) => plannedChanges(pod, options, now)),
      failures: [],
      warnings: [],
    }
  await using leftovers = new Leftovers(dir)
  const changes: Change[] = []
  const failures: unknown[] = []
  const forEachPod = async (places: readonly Place[], collect: (pod: Pod) => Promise<Change | null>): Promise<void> => {
    for (const pod of scan(dir, places)) {
      try {
        const change = await collect(pod)
        if (change !== null) changes.push(change)
      } catch (error) {
        // A pod that cannot be removed must not prevent the removal of others.
        failures.push(error)
      }
    }
  }
  await forEachPod(['embryo', 'prepare', 'run'], (pod) => mark(dir, pod))
  await forEachPod(['prepared'], async (pod) =>
    isOlder(pod, now, options.expirePrepared) ? await mark(dir, pod) : null,
  )
  if (!options.markOnly) {
    await forEachPod(['exited-garbage'], async (pod) =>
      isOlder(pod, now, options.gracePeriod) ? await removeIfUnlocked(pod, leftovers) : null,
    )
    await forEachPod(['garbage'], (pod) => removeIfUnlocked(pod, leftovers))
  }
  const repaired = await repairNetworks(dir).catch((error: unknown) => {
    failures.push(error)
    return []
  })
  return { changes, failures, warnings: [...leftovers.warnings, ...repaired] }
}

/** The changes that the collector would make to a pod now. */
function plannedChanges(pod: Pod, { markOnly, gracePeriod, expirePrepared }: GCOptions, now: Date): Change[] {
  const { uuid, place: from, directory } = pod
  if (isLocked(directory) !== false) return []
  const removalFrom = (place: Place): Change[] => (markOnly ? [] : [{ action: 'removed', uuid, from: place }])
  if (from === 'garbage') return removalFrom(from)
  if (from === 'exited-garbage') return isOlder(pod, now, gracePeriod) ? removalFrom(from) : []
  if (from === 'prepared' && !isOlder(pod, now, expirePrepared)) return []
  const to = DISCARD_PLACE[from]
  return [{ action: 'marked', uuid, from, to }, ...(to === 'garbage' || gracePeriod === 0 ? removalFrom(to) : [])]
}

async function mark(dir: DataDir, pod: Pod): Promise<Change | null> {
  const lock = await acquire(pod.directory)
  if (lock === 'busy' || lock === 'gone') return null
  const { place } = await withLock(lock, () => move(dir, pod, DISCARD_PLACE[pod.place]))
  return { action: 'marked', uuid: pod.uuid, from: pod.place, to: place }
}

async function removeIfUnlocked(pod: Pod, leftovers: Leftovers): Promise<Change | null> {
  const lock = await acquire(pod.directory)
  if (lock === 'busy' || lock === 'gone') return null
  const isRemoved = await withLock(lock, () => removeGarbage(pod, leftovers))
  return isRemoved ? { action: 'removed', uuid: pod.uuid, from: pod.place } : null
}

/**
 * Whether a pod was moved to its place at least `milliseconds` ago. A rename sets the change time
 * of a directory, so this is the time of the mark.
 */
const isOlder = ({ directory }: Pod, now: Date, milliseconds: number): boolean =>
  // A mark that was made a moment ago may be newer than `now`.
  milliseconds === 0 || ignoreMissing(() => now.getTime() - statSync(directory).ctimeMs >= milliseconds, false)
