import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { native } from '#native'

/**
 * A command that is executed on the host, whole: nothing else of this process's environment gets to
 * it.
 */
export interface Command {
  /** Absolute. */
  readonly program: string
  readonly arguments: readonly string[]
  /** `NAME=value`. */
  readonly environment: readonly string[]
  /** Its standard input. */
  readonly input: string
  /** Of a command that leaves a network: it depends on no other one, and none on it. */
  readonly independent?: true
}

/** How a command ended. */
export interface Ended {
  /** The exit status; null where a signal ended it. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly isTimedOut: boolean
}

/** The most that is kept of what a command writes. */
const OUTPUT_LIMIT = 1 << 20

/** What the execution of a command depends on. */
export interface Execution {
  /** Kills it. */
  readonly interrupt?: AbortSignal | undefined
  /**
   * A descriptor of a lock, which the command and the programs that it starts hold as well: where
   * this process is killed, nobody undoes what they do before they have ended.
   */
  readonly lock?: number | undefined
}

/**
 * Starts a command. Its input is a file, because a pipe would get its content only when this
 * process has nothing else to do.
 */
function start({ program, arguments: words, environment, input }: Command, lock: number | undefined): Started {
  const variables = environment.map((line) => line.split(/=(.*)/s, 2) as [string, string])
  const held = lock === undefined ? [] : [lock]
  const stdin = native.memoryFile(input)
  try {
    const env = Object.fromEntries(variables)
    return spawn(program, [...words], { cwd: '/', env, stdio: [stdin, 'pipe', 'pipe', ...held] }) as Started
  } finally {
    closeSync(stdin)
  }
}

type Started = ChildProcessByStdio<null, Readable, Readable>

/**
 * Executes a command, and kills it where it takes longer than `patience` milliseconds, or at an
 * interrupt. Errors: those of spawn(2).
 */
export async function execute(command: Command, patience: number, { interrupt, lock }: Execution = {}): Promise<Ended> {
  const child = start(command, lock)
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (piece: string) => {
      if (output[stream].length < OUTPUT_LIMIT) output[stream] += piece
    })
  }
  let isTimedOut = false
  const kill = (): void => {
    child.kill('SIGKILL')
    // a process that it left behind may hold its output
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const timer = setTimeout(() => {
    isTimedOut = true
    kill()
  }, patience)
  interrupt?.addEventListener('abort', kill)
  try {
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return { status, signal, ...output, isTimedOut }
  } finally {
    clearTimeout(timer)
    interrupt?.removeEventListener('abort', kill)
  }
}
