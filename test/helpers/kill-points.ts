import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A system call at which a program can be killed: the n-th call of this name in a thread. */
export interface Moment {
  readonly call: string
  readonly when: number
  /** A description for the reader. */
  readonly about: string
}

/** The calls that leave something in the file system, or hold something. */
const CALLS = [
  ...['openat', 'mkdir', 'mkdirat', 'rename', 'renameat', 'renameat2', 'link', 'linkat', 'unlink', 'unlinkat', 'rmdir'],
  ...['symlinkat', 'fchownat', 'utimensat', 'ftruncate', 'flock', 'fsync', 'syncfs'],
]

/** Runs a program to its end under strace; returns whether it was killed. */
export async function traced(
  options: readonly string[],
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  const child = spawn('strace', ['-f', '-q', ...options, ...words], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  })
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => resolve(signal === 'SIGKILL' || status === 137))
  })
}

/** Runs a program and kills it at a moment; false if it does not reach it. */
export const killedAt = ({ call, when }: Moment, words: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> =>
  traced(['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${when}`], words, env)

/**
 * The moments of one undisturbed run below the directory `root`, or below a descriptor, at which a
 * kill is worth testing.
 */
export async function momentsOf(
  words: readonly string[],
  root: string,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<Moment[]> {
  const trace = `trace=${CALLS.map((call) => `?${call}`).join()}`
  assert.equal(await traced(['-o', file, '-e', trace], words, env), false)
  const counts = new Map<string, number>()
  const seen = new Set<string>()
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line): Moment[] => {
      const [, thread = '', call = '', rest = ''] = /^(\d+) +(\w+)\((.*)/.exec(line) ?? []
      if (call === '') return []
      const when = (counts.get(`${thread} ${call}`) ?? 0) + 1
      counts.set(`${thread} ${call}`, when)
      const moment = `${call} ${when}`
      if (seen.has(moment)) return []
      seen.add(moment)
      return isTelling(call, rest, root) ? [{ call, when, about: `${moment} (${shown(rest, root)})` }] : []
    })
}

/** Whether the call changes something, in a relevant place. */
function isTelling(call: string, rest: string, root: string): boolean {
  if (/EEXIST|ENOENT/.test(rest)) return false
  const below = rest.includes(root) || /^\d+(, "(?!\/)|\)|, LOCK)/.test(rest)
  return below && (call !== 'openat' || rest.includes('O_CREAT'))
}

const shown = (rest: string, root: string): string =>
  rest
    .replaceAll(root, '')
    .replaceAll(/[0-9a-f]{12,}/g, (digits) => `${digits.slice(0, 6)}…`)
    .slice(0, 70)

/**
 * At most `limit` of them: those that commit something, and equally many of every other call,
 * evenly spread.
 */
export function pick(moments: readonly Moment[], most: number): readonly Moment[] {
  const commits = moments.filter(({ call }) => /^(rename|fsync|syncfs)/.test(call))
  const others = moments.filter((moment) => !commits.includes(moment))
  const calls = [...new Set(others.map(({ call }) => call))]
  const share = Math.max(1, Math.floor((most - commits.length) / calls.length))
  const spread = calls.flatMap((call) => {
    const all = others.filter((moment) => moment.call === call)
    const step = (index: number): number => Math.floor((index * share) / all.length)
    return all.filter((_, index) => step(index) !== step(index - 1))
  })
  return [...commits, ...spread].slice(0, most)
}
