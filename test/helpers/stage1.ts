import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatGCRequest } from '#schema/stage1.js'
import type { AppExit } from '#schema/status.js'
import { POD_DIR } from '#schema/pod-dir.js'
import type { MadePod } from './pod-directory.js'
import { loadedUnits } from './systemd.js'

const STAGE1 = join(import.meta.dirname, '../../dist/lib/appc/stage1')

/** The reason why tests that need a running systemd cannot run here; false if they can. */
export const noSystemd: string | false =
  process.getuid?.() === 0 && existsSync('/run/systemd/system') && existsSync('/bin/busybox')
    ? false
    : 'needs root, a running systemd and busybox: scripts/testbed exec'

/** How a process ended, and its output. */
export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A running launcher. */
export interface Launched {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Settles when its stdout and stderr together contain the text. */
  shows(text: string): Promise<void>
}

/**
 * Starts `stage1 run` of a pod. It inherits the locked lock file as descriptor 3, as stage0 passes
 * it.
 */
export const launch = ({ directory, uuid }: MadePod): Launched =>
  watch(
    spawn('bash', ['-c', LOCKED_RUN, STAGE1, uuid], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )

/** Starts it in a terminal of its own: what is written to the child's stdin is typed there. */
export function launchInTerminal({ directory, uuid }: MadePod): Launched {
  const command = `stty rows 31 cols 97; bash -c '${LOCKED_RUN}' ${STAGE1} ${uuid}`
  const words = ['--quiet', '--return', '--flush', '--command', command, '/dev/null']
  return watch(spawn('script', words, { cwd: directory, stdio: 'pipe', env: { ...process.env, TERM: 'vt100' } }))
}

const LOCKED_RUN = 'exec 3>>lock 4</dev/null && flock -x 3 && exec "$0" run "$1"'

/** Runs another verb of stage1 to its end. */
export const stage1 = ({ directory, uuid }: MadePod, name: string, ...words: string[]): Promise<Ended> =>
  watch(spawn(STAGE1, [name, uuid, ...words], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })).ended

/** Runs `stage1 gc` for pods that have ended, to its end; one answer each is on its stdout. */
export function collect(...pods: readonly MadePod[]): Promise<Ended> {
  const child = spawn(STAGE1, ['gc'], { stdio: 'pipe' })
  for (const { uuid, id, directory } of pods)
    child.stdin.write(formatGCRequest({ uuid, id, directory, idInUse: false }))
  child.stdin.end()
  return watch(child).ended
}

/** Runs a pod to its end. */
export const runToEnd = (pod: MadePod): Promise<Ended> => launch(pod).ended

/** Runs systemctl; returns its stdout, also after a failure. */
export function systemctl(...words: string[]): string {
  try {
    return execFileSync('systemctl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

/** The names of the pod's units that systemd has loaded, including failed ones. */
export const unitsOf = ({ id }: MadePod): readonly string[] =>
  loadedUnits(`appc-${id}.*`, `appc-${id}-*`, `appc-stop@${id}.*`)

/** The record of how an app ended. */
export const exitOf = ({ directory }: MadePod, app: string): AppExit =>
  JSON.parse(readFileSync(join(directory, POD_DIR.exited(app)), 'utf8')) as AppExit

function watch(child: ChildProcess): Launched {
  const output = { stdout: '', stderr: '' }
  const waiting = new Map<string, () => void>()
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('latin1').on('data', (piece: string) => {
      output[stream] += piece
      for (const [text, resolve] of waiting) if ((output.stdout + output.stderr).includes(text)) resolve()
    })
  }
  const ended = once(child, 'close').then(([status, signal]) => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    ...output,
  }))
  return {
    child,
    ended,
    shows: (text) =>
      Promise.race([
        new Promise<void>((resolve) => {
          waiting.set(text, resolve)
          if ((output.stdout + output.stderr).includes(text)) resolve()
        }),
        ended.then((end) => {
          throw new Error(`ended without showing ${text}: ${JSON.stringify(end)}`)
        }),
      ]),
  }
}
