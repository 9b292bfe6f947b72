import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { RuntimeError } from '#schema/errors.js'
import { stage1Program } from './handoff.js'
import type { Pod } from './pod.js'

/**
 * Runs a verb of the stage1 launcher in a pod directory and waits for its end. Gives what it said on stderr, line by line. Errors:
 * SYSTEMD, with what it said.
 *
 * @param words the verb, its options, the UUID
 */
export async function runStage1({ uuid, directory }: Pod, words: readonly string[]): Promise<readonly string[]> {
  const child = spawn(stage1Program(), words, {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  if (code === 0) return said.split('\n').filter(Boolean)
  const lines = said.split('\n').filter(Boolean)
  const reason = lines.find((line) => line.startsWith('appc: '))?.slice('appc: '.length) ?? lines[0]
  const message = reason ?? `stage1 ended with ${signal ?? code ?? 'nothing'}`
  const hint = lines.find((line) => line.startsWith('hint: '))?.slice('hint: '.length)
  throw new RuntimeError('SYSTEMD', message.includes(uuid) ? message : `${uuid}: ${message}`, {
    ...(hint !== undefined && { hint }),
  })
}
