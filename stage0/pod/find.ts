import { readFileSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { isACName } from '#schema/ac-name.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { DataDir } from '../data-dir.js'
import { wrapFileErrors } from '../files/file-errors.js'
import { isLocked } from './lock.js'
import { isUUID, locatePod, scan, type Pod } from './pod.js'
import { readRunSpec, timeOf } from './records.js'
import { VISIBLE, type PodState } from './state.js'

/** A pod and its state when it was found. */
export interface FoundPod {
  readonly pod: Pod
  readonly state: PodState
}

/**
 * Finds the pod of a reference: a pod name (the live pod with that name, else the newest), a UUID,
 * or the first digits of one, in upper or lower case. Errors: POD_NOT_FOUND, POD_AMBIGUOUS; USAGE
 * for an empty reference.
 */
export function findPod(dir: DataDir, reference: string): FoundPod {
  if (reference === '') throw new RuntimeError('USAGE', 'POD: an empty name', { hint: 'appc list' })
  const prefix = reference.toLowerCase()
  const pods = scan(dir)
  const pod = pods.find(({ uuid }) => uuid === prefix) ?? byName(pods, reference) ?? byPrefix(pods, reference, prefix)
  const found = locatePod(dir, pod.uuid)
  // another process removed the pod after the scan
  if (found === null || !VISIBLE.includes(found.pod.place)) throw notFound(reference)
  return found
}

function byName(pods: readonly Pod[], name: string): Pod | undefined {
  if (!isACName(name)) return undefined
  const named = pods.filter(({ directory }) => readRunSpec(directory).podName === name)
  if (named.length < 2) return named[0]
  const live = named.find(({ place, directory }) => place !== 'exited-garbage' && isLocked(directory) === true)
  const time = ({ directory }: Pod): number => timeOf(directory, POD_DIR.created)?.getTime() ?? 0
  return live ?? named.sort((a, b) => time(b) - time(a))[0]
}

function byPrefix(pods: readonly Pod[], reference: string, prefix: string): Pod {
  const matches = pods.filter(({ uuid }) => uuid.startsWith(prefix))
  const [first] = matches
  if (first === undefined) throw notFound(reference)
  if (matches.length > 1) {
    const listed = matches.slice(0, 5).map(({ uuid }) => uuid)
    throw new RuntimeError('POD_AMBIGUOUS', `${reference}: ${matches.length} pods match: ${listed.join(', ')}`, {
      hint: 'give more digits of the UUID',
    })
  }
  return first
}

const notFound = (reference: string): RuntimeError =>
  new RuntimeError('POD_NOT_FOUND', `${reference}: no pod has that name or UUID`, { hint: 'appc list' })

/** Reads the UUID from a file that `--uuid-file-save` wrote. Errors: FILE_UNREADABLE. */
export function readUUIDFile(path: string): string {
  const text = wrapFileErrors(path, () => readFileSync(path, 'utf8').trim().toLowerCase())
  if (!isUUID(text)) throw new RuntimeError('FILE_UNREADABLE', `${path}: holds no UUID`, { hint: 'appc list' })
  return text
}
