import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process'

/**
 * Runs a command to its end and returns its standard output. Errors: an Error with the command's
 * output where it fails.
 */
export function output(command: string, ...args: string[]): string {
  const ended = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  return succeeded(ended, command, args).stdout
}

/** Runs a command that must succeed; returns its wall-clock time in milliseconds. */
export function milliseconds(command: string, ...args: string[]): number {
  const begin = performance.now()
  const ended = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  const elapsed = performance.now() - begin
  succeeded(ended, command, args)
  return elapsed
}

/** Starts all commands at once; returns the milliseconds until all have succeeded. */
export async function millisecondsAtOnce(commands: readonly (readonly [string, ...string[]])[]): Promise<number> {
  const begin = performance.now()
  await Promise.all(
    commands.map(
      ([command, ...args]) =>
        new Promise<void>((resolve, reject) => {
          const child = spawn(command, args, { stdio: 'ignore' })
          child.once('error', reject)
          child.once('exit', (code) => {
            if (code === 0) resolve()
            else reject(new Error(`${command} ${args.join(' ')}: exit ${code ?? 'by signal'}`))
          })
        }),
    ),
  )
  return performance.now() - begin
}

function succeeded(ended: SpawnSyncReturns<string>, command: string, args: readonly string[]) {
  if (ended.error) throw ended.error
  if (ended.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: exit ${ended.status ?? 'by signal'}\n${ended.stderr}`)
  return ended
}
