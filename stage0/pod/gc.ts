import { statSync } from 'node:fs'
import { PLACES, type DataDir, type Place } from '../data-dir.js'
import { ignoreMissing } from '../files/missing.js'
import { acquire, withLock, isLocked } from './lock.js'
import { move, scan, type Pod } from './pod.js'
import { Leftovers } from './leftovers.js'
import { removeBuried } from './remove.js'
import { DISCARD_PLACE } from './state.js'

export interface GCOptions {
  /** How long an exited pod's records are kept once it is marked, in milliseconds. */
  readonly gracePeriod: number
  /** How long a prepared pod may wait to be run, in milliseconds. */
  readonly expirePrepared: number
  readonly markOnly: boolean
  /** Changes nothing, and tells what would be done. */
  readonly dryRun?: boolean
}

/** One thing the collector did. */
export interface Change {
  readonly action: 'marked' | 'removed'
  readonly uuid: string
  /** Where the pod was. */
  readonly from: Place
  /** Where a marked pod went. */
  readonly to?: Place
}

/** What the collector did, and what went wrong with single pods meanwhile. */
export interface Collected {
  readonly changes: readonly Change[]
  readonly failures: readonly unknown[]
  /** What removed pods left outside, and nobody could remove. */
  readonly warnings: readonly string[]
}

/**
 * Marks what is done with (exited pods, interrupted preparations, expired prepared pods), then removes what has been
 * marked for long enough; debris is removed at once. Pods that anybody works on are left alone.
 */
export async function collectPods(dir: DataDir, options: GCOptions, now: Date = new Date()): Promise<Collected> {
  if (options.dryRun === true)
    return { changes: scan(dir, PLACES).flatMap((pod) => fateOf(pod, options, now)), failures: [], warnings: [] }
  await using leftovers = new Leftovers(dir)
  const changes: Change[] = []
  const failures: unknown[] = []
  const each = async (places: readonly Place[], act: (pod: Pod) => Promise<Change | null>): Promise<void> => {
    for (const pod of scan(dir, places)) {
      try {
        const change = await act(pod)
        if (change !== null) changes.push(change)
      } catch (error) {
        // one pod that cannot be removed must not keep the others
        failures.push(error)
      }
    }
  }
  await each(['embryo', 'prepare', 'run'], (pod) => mark(dir, pod))
  await each(['prepared'], async (pod) => (isOlder(pod, now, options.expirePrepared) ? await mark(dir, pod) : null))
  if (!options.markOnly) {
    await each(['exited-garbage'], async (pod) =>
      isOlder(pod, now, options.gracePeriod) ? await sweep(pod, leftovers) : null,
    )
    await each(['garbage'], (pod) => sweep(pod, leftovers))
  }
  return { changes, failures, warnings: leftovers.warnings }
}

/** What the collector would do with a pod now. */
function fateOf(pod: Pod, { markOnly, gracePeriod, expirePrepared }: GCOptions, now: Date): Change[] {
  const { uuid, place: from, directory } = pod
  if (isLocked(directory) !== false) return []
  const removed = (grave: Place): Change[] => (markOnly ? [] : [{ action: 'removed', uuid, from: grave }])
  if (from === 'garbage') return removed(from)
  if (from === 'exited-garbage') return isOlder(pod, now, gracePeriod) ? removed(from) : []
  if (from === 'prepared' && !isOlder(pod, now, expirePrepared)) return []
  const to = DISCARD_PLACE[from]
  return [{ action: 'marked', uuid, from, to }, ...(to === 'garbage' || gracePeriod === 0 ? removed(to) : [])]
}

async function mark(dir: DataDir, pod: Pod): Promise<Change | null> {
  const lock = await acquire(pod.directory)
  if (lock === 'busy' || lock === 'gone') return null
  const { place } = await withLock(lock, () => move(dir, pod, DISCARD_PLACE[pod.place]))
  return { action: 'marked', uuid: pod.uuid, from: pod.place, to: place }
}

async function sweep(pod: Pod, leftovers: Leftovers): Promise<Change | null> {
  const lock = await acquire(pod.directory)
  if (lock === 'busy' || lock === 'gone') return null
  const isRemoved = await withLock(lock, () => removeBuried(pod, leftovers))
  return isRemoved ? { action: 'removed', uuid: pod.uuid, from: pod.place } : null
}

/** The time of a directory's last rename is its change time: the mark itself writes down when it was made. */
const isOlder = ({ directory }: Pod, now: Date, milliseconds: number): boolean =>
  // a mark made a moment ago may be younger than `now`
  milliseconds === 0 || ignoreMissing(() => now.getTime() - statSync(directory).ctimeMs >= milliseconds, false)
