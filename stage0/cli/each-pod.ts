import pLimit from 'p-limit'
import { RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { readUUIDFile } from '../pod/find.js'
import { locatePod, scan } from '../pod/pod.js'
import type { PodState } from '../pod/state.js'
import type { Outcome } from './command.js'

/**
 * How a command line names pods: by words, or by the file that `run --uuid-file-save` wrote, but
 * not both.
 */
export interface PodOptions {
  readonly pod?: readonly string[] | undefined
  readonly 'uuid-file'?: string | undefined
}

/** The references to pods, as typed. Errors: USAGE, FILE_UNREADABLE. */
export function podWords(command: string, { pod = [], 'uuid-file': file }: PodOptions): readonly string[] {
  if (file === undefined && pod.length > 0) return pod
  if (file !== undefined && pod.length === 0) return [readUUIDFile(file)]
  throw new RuntimeError('USAGE', `${command}: give either pods or --uuid-file`, { hint: `appc ${command} --help` })
}

/**
 * The UUIDs of the pods that `--all` selects: those in one of the states. Errors: USAGE where the
 * command line also names pods.
 */
export function allPods(
  command: string,
  { pod = [], 'uuid-file': file }: PodOptions,
  dir: DataDir,
  states: readonly PodState[],
): readonly string[] {
  if (pod.length > 0 || file !== undefined) {
    throw new RuntimeError('USAGE', `${command}: give either pods or --all`, { hint: `appc ${command} --help` })
  }
  return scan(dir)
    .map(({ uuid }) => locatePod(dir, uuid))
    .flatMap((entry) => (entry !== null && states.includes(entry.state) ? [entry.pod.uuid] : []))
}

/** The reference to a single pod, as typed. Errors: USAGE, FILE_UNREADABLE. */
export function podWord(command: string, pod: string | undefined, file: string | undefined): string {
  const [word = ''] = podWords(command, { pod: pod === undefined ? [] : [pod], 'uuid-file': file })
  return word
}

/** The maximum number of concurrent actions. */
const MAX_CONCURRENT = 8

/**
 * Runs an action for each of several pods, even if it fails for others. Lines and failures are in
 * the order of `words`.
 */
export async function eachPod(words: readonly string[], action: (word: string) => Promise<string>): Promise<Outcome> {
  const slot = pLimit(MAX_CONCURRENT)
  const results = await Promise.allSettled([...new Set(words)].map((word) => slot(action, word)))
  return {
    lines: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    failures: results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : [])),
  }
}
