import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program as a user starts it. */
export const APPC = fileURLToPath(new URL('../../dist/bin/appc', import.meta.url))

/** What a user sees of one call. */
export interface Seen {
  /** Null when a signal ended it. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** stdout, for what is not text. */
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
  // a refusal may come before all is read
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  return await seen(child)
}

/** Starts `appc ARGS…`; its stdin is the caller's to feed. */
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
