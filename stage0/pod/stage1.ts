import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { RuntimeError } from '#schema/errors.js'
import { type AnsweringVerb, type Answer, parseAnswer } from '#schema/stage1.js'
import { stage1Program } from './handoff.js'
import type { Pod } from './pod.js'

/**
 * Runs a verb of stage1 in a pod directory and waits for its answer. Gives its warnings. Errors:
 * those of the verb, with their codes; INTERNAL where it gave no answer.
 *
 * @param options words between the verb and the UUID
 */
export async function askStage1(
  pod: Pod,
  verb: AnsweringVerb,
  options: readonly string[] = [],
): Promise<readonly string[]> {
  const { uuid, directory } = pod
  const child = spawn(stage1Program(pod), [verb, ...options, uuid], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (piece: string) => (text[stream] += piece))
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  const answer = parseAnswer(text.stdout)
  if (answer === null) throw noAnswerError(uuid, verb, signal ?? code, text.stderr)
  return warningsOf(uuid, answer)
}

/** The warnings of an answer about a pod. Errors: that of the answer, with its code. */
export function warningsOf(uuid: string, answer: Answer): readonly string[] {
  if ('warnings' in answer) return answer.warnings
  const { code, message, hint } = answer.failure
  throw new RuntimeError(
    code,
    message.includes(uuid) ? message : `${uuid}: ${message}`,
    hint === undefined ? {} : { hint },
  )
}

/** The error for a stage1 that ended without an answer, or wrote an invalid one. */
export function noAnswerError(
  uuid: string,
  verb: string,
  status: string | number | null,
  stderr: string,
): RuntimeError {
  const cause = new Error(stderr.trim() || 'nothing on stderr')
  return new RuntimeError('INTERNAL', `${uuid}: stage1 ${verb} ended with ${status ?? 'nothing'}`, { cause })
}
