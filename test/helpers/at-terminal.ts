import { spawn } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { native } from '#native'
import { APPC } from './run-cli.js'

/** Runs the program at a terminal of its own, in which `answer` has been typed. */
export async function atTerminal(
  args: readonly string[],
  answer: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number | null; stdout: string; screen: string }> {
  const { fd, path } = native.openTerminal(24, 200)
  const side = openSync(path, 'r+')
  writeSync(fd, answer)
  const child = spawn(APPC, args, { stdio: [side, 'pipe', side], env: { ...process.env, ...env } })
  closeSync(side)
  const screen: Buffer[] = []
  const terminal = new ReadStream(fd)
  terminal.on('data', (chunk: Buffer) => screen.push(chunk))
  // On Linux, the end of a terminal that no process has open is an error.
  const ended = new Promise<void>((resolve) => terminal.on('error', () => resolve()).on('end', resolve))
  const out: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  await ended
  terminal.destroy()
  return { status, stdout: Buffer.concat(out).toString(), screen: Buffer.concat(screen).toString() }
}
