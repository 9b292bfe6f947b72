import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { RuntimeError } from '#schema/errors.js'
import { type AnsweringVerb, parseAnswer } from '#schema/stage1.js'
import { stage1Program } from './handoff.js'
import type { Pod } from './pod.js'

/**
 * Runs a verb of stage1 in a pod directory and waits for its answer. Gives its warnings. Errors: those of the verb, with their codes;
 * INTERNAL where it gave no answer.
 *
 * @param options what follows the verb, before the UUID
 */
export async function askStage1(
  { uuid, directory }: Pod,
  verb: AnsweringVerb,
  options: readonly string[] = [],
): Promise<readonly string[]> {
  const child = spawn(stage1Program(), [verb, ...options, uuid], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (piece: string) => (text[stream] += piece))
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  const answer = parseAnswer(text.stdout)
  if (answer === null) {
    const cause = new Error(text.stderr.trim() || 'nothing on stderr')
    throw new RuntimeError('INTERNAL', `${uuid}: stage1 ${verb} ended with ${signal ?? code ?? 'nothing'}`, { cause })
  }
  if ('warnings' in answer) return answer.warnings
  const { failure } = answer
  const message = failure.message.includes(uuid) ? failure.message : `${uuid}: ${failure.message}`
  throw new RuntimeError(failure.code, message, failure.hint === undefined ? {} : { hint: failure.hint })
}
