import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A system call: its name, its number among those of that name (from 1), and its arguments. */
export interface SystemCall {
  readonly call: string
  readonly when: number
  readonly rest: string
}

/**
 * Executes a command that must succeed, and gives those system calls of its main thread that are in
 * `calls`, in their order. strace writes to `file`.
 */
export function mainThreadCalls(words: readonly string[], calls: string, file: string): readonly SystemCall[] {
  const run = spawnSync('strace', ['-f', '-o', file, '-e', `trace=${calls}`, ...words], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  const lines = readFileSync(file, 'utf8').split('\n')
  const main = lines[0]?.split(' ')[0]
  const counts = new Map<string, number>()
  return lines.flatMap((line): SystemCall[] => {
    const [, thread, call = '', rest = ''] = /^(\d+) +(\w+)\((.*)/.exec(line) ?? []
    if (thread !== main || call === '') return []
    const when = (counts.get(call) ?? 0) + 1
    counts.set(call, when)
    return [{ call, when, rest }]
  })
}
