import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A signal sent to a command after some milliseconds. */
export interface Interruption {
  readonly signal: NodeJS.Signals
  readonly after: number
}

/** Runs `appc` with these arguments to its end. */
export const appc = (words: readonly string[], interruption?: Interruption): Promise<Ended> =>
  run('appc', words, interruption)

/** Like {@link appc}, with the command's maximum resident memory in kB. */
export async function appcMeasured(words: readonly string[]): Promise<Ended & { readonly resident: number }> {
  const ended = await run('/usr/bin/time', ['-f', '%M', 'appc', ...words])
  return { ...ended, resident: Number(ended.stderr.trim().split('\n').at(-1)) }
}

async function run(program: string, words: readonly string[], interruption?: Interruption): Promise<Ended> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const timer =
    interruption === undefined ? undefined : setTimeout(() => child.kill(interruption.signal), interruption.after)
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
  const [code, signal] = await ended
  clearTimeout(timer)
  return { code, signal, stdout, stderr }
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** Describes how a command ended, for the report. */
export const describe = ({ code, signal, stderr }: Ended): string =>
  `exit ${code ?? signal ?? 'unknown'}: ${stderr.trim().split('\n').slice(-3).join(' | ')}`

/** The signals that end a crashed program. */
const CRASHES: readonly (NodeJS.Signals | null)[] = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGABRT', 'SIGTRAP', 'SIGFPE']

export const crashed = ({ signal }: Ended): boolean => CRASHES.includes(signal)
