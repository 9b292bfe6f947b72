import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program that a user starts. */
export const APPC = fileURLToPath(new URL('../../dist/bin/appc', import.meta.url))

/** What a user sees of one call. */
export interface Seen {
  /** Null if a signal ended it. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** stdout as bytes, for output that is not text. */
  readonly bytes: Buffer
}

export interface RunOptions {
  readonly input?: Buffer | string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

/** Runs `appc ARGS…` to its end. */
export async function appc(args: readonly string[], options: RunOptions = {}): Promise<Seen> {
  const child = start(args, options)
  // The program may end before it has read all input.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  return await seen(child)
}

/** Starts `appc ARGS…`; the caller writes to its stdin. */
export const start = (args: readonly string[], { env, cwd }: RunOptions = {}): ChildProcessWithoutNullStreams =>
  spawn(APPC, args, { stdio: 'pipe', env: { ...process.env, ...env }, ...(cwd !== undefined && { cwd }) })

/** Waits for the end of a started program. */
export async function seen(child: ChildProcessWithoutNullStreams): Promise<Seen> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const bytes = Buffer.concat(out)
  return { status, stdout: bytes.toString(), stderr: Buffer.concat(err).toString(), bytes }
}
