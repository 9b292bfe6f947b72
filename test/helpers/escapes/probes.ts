import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { App } from '#schema/app.js'
import type { PodHost } from '../pods.js'
import type { Seen } from '../run-cli.js'
import type { Canary } from './canary.js'
import { hostileImage, text, type Files } from './image.js'

/** The origin of an attack. All attacks of one origin run in one pod, one after the other. */
export type Who = 'root app' | 'unprivileged app' | 'pre-start' | 'post-stop' | 'enter'
const EVERYBODY: readonly Who[] = ['root app', 'unprivileged app', 'pre-start', 'post-stop', 'enter']

/** One attack that does not affect the others. */
export interface Probe {
  /** What is attacked. */
  readonly name: string
  /** A shell program that succeeds if the attack does. */
  readonly script: string
  /** Default: all origins. */
  readonly who?: readonly Who[]
}

export interface Surroundings {
  readonly app?: Partial<App>
  readonly files?: Files
  readonly perl?: boolean
  /** Arguments of `appc run` before the image, and after it. */
  readonly options?: readonly string[]
  readonly appOptions?: readonly string[]
}

/** Creates a test for each probe and origin: the attack does not succeed. */
export function probes(host: PodHost, canary: Canary, rows: readonly Probe[], around: Surroundings = {}): void {
  const files = { ...around.files, attack: text(scriptOf(rows), 0o755) }
  const image = (app: Partial<App>): string =>
    hostileImage(host.scratch, {
      app: { ...app, ...around.app },
      files,
      secret: canary.secret,
      ...(around.perl === true && { perl: true }),
    })
  const exec = (who: Who): readonly string[] => ['/bin/sh', '/attack', who]
  const { options = [], appOptions = [] } = around
  const run = (app: Partial<App>): Promise<Seen> => host.run(...options, image(app), ...appOptions)
  const ways: readonly (readonly [readonly Who[], () => Promise<Seen>])[] = [
    [
      ['pre-start', 'root app', 'post-stop'],
      () =>
        run({
          exec: exec('root app'),
          eventHandlers: (['pre-start', 'post-stop'] as const).map((name) => ({ name, exec: exec(name) })),
        }),
    ],
    [['unprivileged app'], () => run({ exec: exec('unprivileged app'), user: '1001', group: '1002' })],
    [
      ['enter'],
      async () => {
        const name = `probed-${count++}`
        const waits = image({ exec: ['/bin/sh', '-c', 'echo ready; while :; do sleep 1000; done'] })
        const pod = host.start(['run', `--pod-name=${name}`, ...options, waits, ...appOptions])
        await pod.shows('ready')
        const entered = await host.appc(['enter', name, ...exec('enter')])
        await host.ok(['stop', '--force', name])
        await pod.ended
        return entered
      },
    ],
  ]
  for (const [everybody, run] of ways) {
    describe(`by ${everybody.join(', ')}`, () => {
      let output = ''
      let status: number | null = null
      before(async () => {
        const result = await run()
        output = result.stdout + result.stderr
        status = result.status
      })
      for (const who of everybody) {
        test(`${who}: an attack that succeeds is noticed`, () =>
          assert.deepEqual(answers(output, who, CONTROLS), ['succeeded', 'failed'], output))
        for (const row of rows.filter((row) => row.who?.includes(who) ?? true)) {
          test(`${who}: ${row.name}`, () => assert.deepEqual(answers(output, who, [row]), ['failed'], output))
        }
      }
      test('nothing of the host was reached, and the pod lives on', () => {
        canary.check(output)
        assert.equal(status, 0, output)
      })
    })
  }
}

let count = 0

const CONTROLS: readonly Probe[] = [
  { name: 'control that succeeds', script: 'true' },
  { name: 'control that fails', script: 'false' },
]

function answers(output: string, who: Who, rows: readonly Probe[]): readonly (string | undefined)[] {
  const lines = output.split('\n')
  return rows.map(({ name }) => {
    const beginning = `${who}: ${name}: `
    return lines.find((line) => line.startsWith(beginning))?.slice(beginning.length)
  })
}

/**
 * The script's output goes only to the answer, so a probe of a terminal or of its own streams
 * reports by its status.
 */
function scriptOf(rows: readonly Probe[]): string {
  const probe = ({ name, script, who = EVERYBODY }: Probe): string => `
if ${who.map((one) => `[ "$1" = '${one}' ]`).join(' || ')}; then
  (
${script}
  ) </dev/null >/tmp/said 2>&1 && answer=succeeded || answer=failed
  echo "$1: "'${name}'": $answer"
  [ $answer = failed ] || while read -r line; do echo "  $line"; done </tmp/said
fi`
  return [...[...CONTROLS, ...rows].map(probe), 'true'].join('\n')
}
