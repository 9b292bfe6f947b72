import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App, EventHandler } from '#schema/app.js'
import type { PodHost } from '../pods.js'
import type { Seen } from '../run-cli.js'
import type { Canary } from './canary.js'
import { hostileImage, text, type Files } from './image.js'

/**
 * Where an attack runs; each has a pod of its own. With handlers and `enter`, the app itself is
 * unprivileged.
 */
export type Via = 'run as root' | 'run as worker' | 'pre-start and post-stop' | 'enter and post-stop'
const ONCE: readonly Via[] = ['run as root', 'run as worker', 'pre-start and post-stop']

/** One attack through the content of the image. */
export interface Attempt {
  /** What is attacked. */
  readonly name: string
  /** Changes to the app that runs the attack. */
  readonly app?: Partial<App>
  readonly files?: Files
  /** The attack, a shell program; by default it searches for the canary. */
  readonly script?: string
  /** Replaces the script: program and arguments. */
  readonly exec?: readonly string[]
  /** A shell program that the app itself runs before the attack by `enter and post-stop`. */
  readonly before?: string
  /** Default: all but `enter and post-stop`. */
  readonly via?: readonly Via[]
  /** Arguments of `appc run` before the image. */
  readonly options?: readonly string[]
  /** A further check of the output. */
  readonly check?: (output: string) => void
}

/** Longer than any pod takes: a pod that hangs fails its own test. */
const HANGS = { timeout: 30_000 }

/**
 * Creates a test for each attempt in each way: nothing of the host is reached, whether the pod runs
 * or is refused.
 */
export function attempts(host: PodHost, canary: Canary, rows: readonly Attempt[]): void {
  for (const row of rows) {
    for (const via of row.via ?? ONCE) {
      test(`${row.name}: ${via}`, HANGS, async () => {
        const output = await attempt(host, canary, row, via)
        canary.check(output)
        const tried = output.match(/^(attempted$|appc: |usage: appc-init )/gm)?.length ?? 0
        assert.ok(tried >= (via.includes(' and ') ? 2 : 1), `neither tried nor refused:\n${output}`)
        row.check?.(output)
      })
    }
  }
}

let count = 0

/** Runs the pod of an attempt to its end; returns all output. */
async function attempt(host: PodHost, canary: Canary, row: Attempt, via: Via): Promise<string> {
  const { app, files, script = canary.loot, exec = ['/bin/sh', '/attack'], options = [] } = row
  const image = hostileImage(host.scratch, {
    app: { ...programs(via, exec, row.before), ...app },
    files: { attack: text(script, 0o755), ...files },
    secret: canary.secret,
  })
  const all = ({ stdout, stderr }: Seen): string => stdout + stderr
  if (via !== 'enter and post-stop') return all(await host.run(...options, image))
  const name = `attempt-${count++}`
  const pod = host.start(['run', `--pod-name=${name}`, ...options, image])
  await pod.shows('ready')
  const entered = await host.appc(['enter', name, ...exec])
  await host.ok(['stop', name])
  return all(entered) + all(await pod.ended)
}

function programs(via: Via, exec: readonly string[], before = 'true'): Partial<App> {
  const worker = { user: '1001', group: '1002' }
  const handler = (name: 'pre-start' | 'post-stop'): EventHandler => ({ name, exec })
  switch (via) {
    case 'run as root':
      return { exec }
    case 'run as worker':
      return { exec, ...worker }
    case 'pre-start and post-stop':
      return { exec: ['/bin/true'], ...worker, eventHandlers: [handler('pre-start'), handler('post-stop')] }
    case 'enter and post-stop':
      return {
        exec: ['/bin/sh', '-c', `${before}; echo ready; while :; do sleep 1000; done`],
        ...worker,
        eventHandlers: [handler('post-stop')],
      }
  }
}
