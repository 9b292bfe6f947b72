import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Code } from '#schema/errors.js'
import { PseudoRandom } from '../helpers/pseudo-random.js'
import { ExampleCom, LABELS } from '../helpers/example-com.js'
import { shell } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'
import type { Seen } from '../helpers/run-cli.js'

const WORKERS = 20
/** The number of operations of all workers together, unless APPC_STRESS_SECONDS sets a duration. */
const OPERATIONS = 156
const SECONDS = Number(process.env['APPC_STRESS_SECONDS'] ?? 0)

/** Errors that operations of other workers may cause, with the reason. */
type ExpectedErrors = Readonly<Partial<Record<Code, string>>>

/** An operation of a worker. */
interface Operation {
  readonly expectedErrors: ExpectedErrors
  /**
   * Returns a wrong result as text; '' if there is none. Failures of calls are recorded elsewhere.
   */
  readonly perform: (call: Call, random: PseudoRandom) => Promise<string>
}

/** Runs `appc`. Errors: {@link CALL_FAILED} if it fails. */
type Call = (...words: readonly string[]) => Promise<Seen>

const CALL_FAILED = new Error('one call failed, which was noted')

const REMOVED: ExpectedErrors = {
  IMAGE_NOT_FOUND: 'another removed the image, or one it depends on, or nobody got it yet',
}
const POD_GONE: ExpectedErrors = {
  POD_NOT_FOUND: 'a collector removed the pod once it had exited',
  POD_STATE: 'a collector is removing the pod at this moment',
}

/** The output of each app. */
const OUTPUTS = { app: 'base app\n', slim: 'slim\n', solo: 'solo\n' } as const
const APPS = Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[]
const IMAGES = ['base', ...APPS]
const nameOf = (name: string): string => `example.com/${name}:1.0.0`

const difference = (subject: string, actual: string, expected: string): string =>
  actual === expected ? '' : `${subject}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`

describe('twenty concurrent processes', { skip: noPods }, () => {
  const host = podHost()
  const config = join(host.scratch, 'config')
  const env: NodeJS.ProcessEnv = {}
  const ids = new Map<string, string>()
  let site: ExampleCom

  const appc = (...words: readonly string[]): Promise<Seen> =>
    host.appc([`--local-config=${config}`, '--debug', ...words], { env })

  before(async () => {
    site = await ExampleCom.start()
    site.trustedIn(config)
    Object.assign(env, site.env)
    const dependencies = [{ imageName: 'example.com/base', labels: LABELS }]
    const publish = (name: string, options: Parameters<typeof host.image>[0]): Promise<void> =>
      site.publish(name, host.image({ name, ...options, manifest: { labels: LABELS, ...options?.manifest } }))
    const own = ['bin', 'etc', 'root', 'srv', 'var', 'tmp']
    await publish('base', { filesOnly: true, files: { 'etc/base': 'base' } })
    await publish('app', {
      without: own,
      app: { exec: shell('cat /etc/base; echo " app"') },
      manifest: { dependencies },
    })
    await publish('slim', {
      without: own,
      files: { own: 'own' },
      app: { exec: shell('test -e /etc/base || echo slim') },
      manifest: { dependencies, pathWhitelist: ['/bin/busybox', '/bin/sh', '/own'] },
    })
    await publish('solo', { app: { exec: shell('echo solo') } })
    for (const name of IMAGES) {
      const { stdout } = await appc('fetch', nameOf(name))
      ids.set(name, stdout.trim())
    }
  })
  after(() => site[Symbol.asyncDispose]())

  const operations: Readonly<Record<string, Operation>> = {
    'fetch by name': {
      expectedErrors: {},
      perform: async (call, random) => {
        const name = random.pick(IMAGES)
        const policy = `--pull-policy=${random.pick(['new', 'update'])}`
        const { stdout } = await call('fetch', policy, nameOf(name))
        return difference('ID', stdout.trim(), ids.get(name) ?? '')
      },
    },
    'fetch by URL, unsigned': {
      expectedErrors: {},
      perform: async (call, random) => {
        const name = random.pick(IMAGES)
        const { stdout } = await call('--insecure-options=image', 'fetch', ExampleCom.url(name))
        return difference('ID', stdout.trim(), ids.get(name) ?? '')
      },
    },
    run: {
      expectedErrors: {},
      perform: async (call, random) => {
        const name = random.pick(APPS)
        const { stdout } = await call('run', nameOf(name))
        return difference('output', stdout, OUTPUTS[name])
      },
    },
    'run without overlays': {
      expectedErrors: {},
      perform: async (call, random) => {
        const name = random.pick(APPS)
        const { stdout } = await call('run', '--no-overlay', nameOf(name))
        return difference('output', stdout, OUTPUTS[name])
      },
    },
    'run in the background, stop, remove': {
      expectedErrors: POD_GONE,
      perform: async (call, random) => {
        const sleeping = ['--exec=/bin/busybox', '--', 'sleep', '1000']
        const { stdout } = await call('run', '--detach', nameOf(random.pick(APPS)), ...sleeping)
        const uuid = stdout.trim()
        await call('stop', '--force', uuid)
        await call('rm', uuid)
        return ''
      },
    },
    'image rm': {
      expectedErrors: { ...REMOVED, IMAGE_IN_USE: 'a pod runs of it, or another appc works with it at this moment' },
      perform: async (call, random) => {
        const first = random.roll(IMAGES.length)
        const order = [...IMAGES.slice(first), ...IMAGES.slice(0, first)]
        // at least one of the images may be unused
        const tries = await Promise.allSettled(order.map((name) => call('image', 'rm', nameOf(name))))
        if (tries.every(({ status }) => status === 'rejected')) throw CALL_FAILED
        return ''
      },
    },
    'image gc': {
      expectedErrors: {},
      perform: async (call) => {
        await call('image', 'gc', '--grace-period=0')
        return ''
      },
    },
    gc: {
      expectedErrors: {},
      perform: async (call) => {
        await call('gc', '--grace-period=0')
        return ''
      },
    },
    'image verify': {
      expectedErrors: {},
      perform: async (call) => {
        const { stdout } = await call('image', 'verify', '--all')
        return stdout.includes('removed') || stdout.includes('repaired') ? stdout : ''
      },
    },
    'image export': {
      expectedErrors: REMOVED,
      perform: async (call, random) => {
        const name = random.pick(IMAGES)
        const { bytes } = await call('image', 'export', nameOf(name), '-')
        return difference('ID', `sha512-${createHash('sha512').update(bytes).digest('hex')}`, ids.get(name) ?? '')
      },
    },
    'image render': {
      expectedErrors: REMOVED,
      perform: async (call) => {
        const directory = join(mkdtempSync(join(host.scratch, 'render-')), 'slim')
        await call('image', 'render', '--rootfs-only', nameOf('slim'), directory)
        return difference('files', readdirSync(directory).sort().join(), 'bin,own')
      },
    },
    'the lists': {
      expectedErrors: {},
      perform: async (call) => {
        await call('image', 'list')
        await call('list')
        return ''
      },
    },
  }

  test('no unexpected errors; afterwards nothing is left and everything works', async (t) => {
    const kinds = Object.entries(operations)
    const successes = new Map<string, number>()
    const expectedFailures = new Map<string, number>()
    const problems: string[] = []
    const count = (counts: Map<string, number>, key: string): void => {
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    const end = Date.now() + SECONDS * 1000
    let started = 0
    const isRunning = (): boolean => (SECONDS > 0 ? Date.now() < end : started < OPERATIONS)

    const perform = async (name: string, operation: Operation, random: PseudoRandom): Promise<void> => {
      const call: Call = async (...words) => {
        const seen = await appc(...words)
        const codes = [...seen.stderr.matchAll(/^code: (\w+)$/gm)].map(([, code = '']) => code)
        if (seen.status === 0) return seen
        if (codes.length === 0 || !codes.every((code) => Object.hasOwn(operation.expectedErrors, code))) {
          problems.push(`${name}: appc ${words.join(' ')}: ${seen.status}\n${seen.stderr}`)
        } else codes.forEach((code) => count(expectedFailures, `${name}: ${code}`))
        throw CALL_FAILED
      }
      try {
        const problem = await operation.perform(call, random)
        if (problem === '') count(successes, name)
        else problems.push(`${name}: ${problem}`)
      } catch (error) {
        if (error !== CALL_FAILED) throw error
      }
    }

    const work = async (random: PseudoRandom): Promise<void> => {
      while (isRunning()) {
        const [name, operation] = kinds[started++ % kinds.length] ?? assert.fail('there are operations')
        await perform(name, operation, random)
      }
    }

    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(new PseudoRandom(worker))))
    t.diagnostic(`done: ${JSON.stringify(Object.fromEntries(successes))}`)
    t.diagnostic(`expected failures: ${JSON.stringify(Object.fromEntries(expectedFailures))}`)
    assert.deepEqual(problems, [], problems.join('\n'))

    const { cas, tmp, downloads, trees, remotes } = host.dir
    assert.deepEqual([readdirSync(tmp), readdirSync(downloads)], [[], []])
    const runAll = async (): Promise<void> => {
      for (const name of APPS) {
        const { status, stdout, stderr } = await host.appc([`--local-config=${config}`, 'run', nameOf(name)], { env })
        assert.deepEqual([status, stdout], [0, OUTPUTS[name]], stderr)
      }
      await host.ok(['gc', '--grace-period=0'])
    }
    await runAll()
    // operations that always failed because of other workers must work alone
    for (const [name, operation] of kinds.filter(([name]) => !successes.has(name))) {
      await perform(name, operation, new PseudoRandom(WORKERS))
      assert.ok(successes.has(name), `${name}, alone: ${problems.join('\n')}`)
      await runAll()
    }
    const verified = await host.appc(['image', 'verify', '--all'])
    assert.deepEqual([verified.status, verified.stderr], [0, ''])
    assert.ok(
      IMAGES.every((name) => verified.stdout.includes(`"${nameOf(name)}"`)),
      verified.stdout,
    )
    await host.ok(['gc', '--grace-period=0'])
    await host.ok(['image', 'gc', '--grace-period=0'])
    assert.deepEqual(
      [cas, tmp, downloads, trees, remotes].map((path) => readdirSync(path)),
      [[], [], [], [], []],
    )
  })
})
