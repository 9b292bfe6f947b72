import pLimit from 'p-limit'
import { RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { readUUIDFile } from '../pod/find.js'
import { locatePod, scan } from '../pod/pod.js'
import type { PodState } from '../pod/state.js'
import type { Outcome } from './command.js'

/** How commands name their pods: by words, or by the file `run --uuid-file-save` wrote; one of the two. */
export interface PodWords {
  readonly pod?: readonly string[] | undefined
  readonly 'uuid-file'?: string | undefined
}

/** The pods meant, as typed. Errors: USAGE, FILE_UNREADABLE. */
export function podWords(command: string, { pod = [], 'uuid-file': file }: PodWords): readonly string[] {
  if (file === undefined && pod.length > 0) return pod
  if (file !== undefined && pod.length === 0) return [readUUIDFile(file)]
  throw new RuntimeError('USAGE', `${command}: give either pods or --uuid-file`, { hint: `appc ${command} --help` })
}

/** The pods that `--all` means: those in one of the states. Errors: USAGE where pods are named, too. */
export function allPods(
  command: string,
  { pod = [], 'uuid-file': file }: PodWords,
  dir: DataDir,
  states: readonly PodState[],
): readonly string[] {
  if (pod.length > 0 || file !== undefined) {
    throw new RuntimeError('USAGE', `${command}: give either pods or --all`, { hint: `appc ${command} --help` })
  }
  return scan(dir)
    .map(({ uuid }) => locatePod(dir, uuid))
    .flatMap((found) => (found !== null && states.includes(found.state) ? [found.pod.uuid] : []))
}

/** The one pod meant, as typed. Errors: USAGE, FILE_UNREADABLE. */
export function podWord(command: string, pod: string | undefined, file: string | undefined): string {
  const [word = ''] = podWords(command, { pod: pod === undefined ? [] : [pod], 'uuid-file': file })
  return word
}

/** How many pods are worked on at once. */
const AT_ONCE = 8

/** Does something to each of several pods, whatever happens to the others; lines and failures in the order asked for. */
export async function eachPod(words: readonly string[], act: (word: string) => Promise<string>): Promise<Outcome> {
  const slot = pLimit(AT_ONCE)
  const results = await Promise.allSettled([...new Set(words)].map((word) => slot(act, word)))
  return {
    lines: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    failures: results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : [])),
  }
}
