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
/** How many operations all of them do together, unless they go on for APPC_STRESS_SECONDS. */
const OPERATIONS = 156
const SECONDS = Number(process.env['APPC_STRESS_SECONDS'] ?? 0)

/** Errors that what others do at the same time explains. */
type Explained = Readonly<Partial<Record<Code, string>>>

/** Something one worker does. */
interface Operation {
  readonly explained: Explained
  /** What is wrong with it, beside errors; '' when nothing is. */
  readonly act: (call: Call, random: PseudoRandom) => Promise<string>
}

/** Runs `appc`; throws {@link ENOUGH} when it fails. */
type Call = (...words: readonly string[]) => Promise<Seen>

const ENOUGH = new Error('one call failed, which was noted')

const REMOVED: Explained = { IMAGE_NOT_FOUND: 'another removed the image, or one it depends on, or nobody got it yet' }
const POD_GONE: Explained = {
  POD_NOT_FOUND: 'a collector removed the pod once it had exited',
  POD_STATE: 'a collector is removing the pod at this moment',
}

/** What an app prints. */
const SAYS = { app: 'base app\n', slim: 'slim\n', solo: 'solo\n' } as const
const APPS = Object.keys(SAYS) as (keyof typeof SAYS)[]
const IMAGES = ['base', ...APPS]
const named = (name: string): string => `example.com/${name}:1.0.0`

const differs = (what: string, actual: string, expected: string): string =>
  actual === expected ? '' : `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`

describe('twenty processes at once', { skip: noPods }, () => {
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
      const { stdout } = await appc('fetch', named(name))
      ids.set(name, stdout.trim())
    }
  })
  after(() => site[Symbol.asyncDispose]())

  const operations: Readonly<Record<string, Operation>> = {
    'fetch by name': {
      explained: {},
      act: async (call, random) => {
        const name = random.pick(IMAGES)
        const policy = `--pull-policy=${random.pick(['new', 'update'])}`
        const { stdout } = await call('fetch', policy, named(name))
        return differs('ID', stdout.trim(), ids.get(name) ?? '')
      },
    },
    'fetch by URL, unsigned': {
      explained: {},
      act: async (call, random) => {
        const name = random.pick(IMAGES)
        const { stdout } = await call('--insecure-options=image', 'fetch', ExampleCom.url(name))
        return differs('ID', stdout.trim(), ids.get(name) ?? '')
      },
    },
    run: {
      explained: {},
      act: async (call, random) => {
        const name = random.pick(APPS)
        const { stdout } = await call('run', named(name))
        return differs('output', stdout, SAYS[name])
      },
    },
    'run without overlays': {
      explained: {},
      act: async (call, random) => {
        const name = random.pick(APPS)
        const { stdout } = await call('run', '--no-overlay', named(name))
        return differs('output', stdout, SAYS[name])
      },
    },
    'run in the background, stop, remove': {
      explained: POD_GONE,
      act: async (call, random) => {
        const sleeping = ['--exec=/bin/busybox', '--', 'sleep', '1000']
        const { stdout } = await call('run', '--detach', named(random.pick(APPS)), ...sleeping)
        const uuid = stdout.trim()
        await call('stop', '--force', uuid)
        await call('rm', uuid)
        return ''
      },
    },
    'image rm': {
      explained: { ...REMOVED, IMAGE_IN_USE: 'a pod runs of it, or another appc works with it at this moment' },
      act: async (call, random) => {
        const first = random.roll(IMAGES.length)
        const order = [...IMAGES.slice(first), ...IMAGES.slice(0, first)]
        // one of them may be free
        const tries = await Promise.allSettled(order.map((name) => call('image', 'rm', named(name))))
        if (tries.every(({ status }) => status === 'rejected')) throw ENOUGH
        return ''
      },
    },
    'image gc': {
      explained: {},
      act: async (call) => {
        await call('image', 'gc', '--grace-period=0')
        return ''
      },
    },
    gc: {
      explained: {},
      act: async (call) => {
        await call('gc', '--grace-period=0')
        return ''
      },
    },
    'image verify': {
      explained: {},
      act: async (call) => {
        const { stdout } = await call('image', 'verify', '--all')
        return stdout.includes('removed') || stdout.includes('repaired') ? stdout : ''
      },
    },
    'image export': {
      explained: REMOVED,
      act: async (call, random) => {
        const name = random.pick(IMAGES)
        const { bytes } = await call('image', 'export', named(name), '-')
        return differs('ID', `sha512-${createHash('sha512').update(bytes).digest('hex')}`, ids.get(name) ?? '')
      },
    },
    'image render': {
      explained: REMOVED,
      act: async (call) => {
        const directory = join(mkdtempSync(join(host.scratch, 'render-')), 'slim')
        await call('image', 'render', '--rootfs-only', named('slim'), directory)
        return differs('files', readdirSync(directory).sort().join(), 'bin,own')
      },
    },
    'the lists': {
      explained: {},
      act: async (call) => {
        await call('image', 'list')
        await call('list')
        return ''
      },
    },
  }

  test('no error that is not explained; nothing is left and everything works afterwards', async (t) => {
    const kinds = Object.entries(operations)
    const done = new Map<string, number>()
    const explained = new Map<string, number>()
    const wrong: string[] = []
    const count = (counts: Map<string, number>, what: string): void => {
      counts.set(what, (counts.get(what) ?? 0) + 1)
    }
    const end = Date.now() + SECONDS * 1000
    let begun = 0
    const goesOn = (): boolean => (SECONDS > 0 ? Date.now() < end : begun < OPERATIONS)

    const perform = async (name: string, operation: Operation, random: PseudoRandom): Promise<void> => {
      const call: Call = async (...words) => {
        const seen = await appc(...words)
        const codes = [...seen.stderr.matchAll(/^code: (\w+)$/gm)].map(([, code = '']) => code)
        if (seen.status === 0) return seen
        if (codes.length === 0 || !codes.every((code) => Object.hasOwn(operation.explained, code))) {
          wrong.push(`${name}: appc ${words.join(' ')}: ${seen.status}\n${seen.stderr}`)
        } else codes.forEach((code) => count(explained, `${name}: ${code}`))
        throw ENOUGH
      }
      try {
        const problem = await operation.act(call, random)
        if (problem === '') count(done, name)
        else wrong.push(`${name}: ${problem}`)
      } catch (error) {
        if (error !== ENOUGH) throw error
      }
    }

    const work = async (random: PseudoRandom): Promise<void> => {
      while (goesOn()) {
        const [name, operation] = kinds[begun++ % kinds.length] ?? assert.fail('there are operations')
        await perform(name, operation, random)
      }
    }

    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(new PseudoRandom(worker))))
    t.diagnostic(`done: ${JSON.stringify(Object.fromEntries(done))}`)
    t.diagnostic(`explained: ${JSON.stringify(Object.fromEntries(explained))}`)
    assert.deepEqual(wrong, [], wrong.join('\n'))

    const { cas, tmp, downloads, trees, remotes } = host.dir
    assert.deepEqual([readdirSync(tmp), readdirSync(downloads)], [[], []])
    const runAll = async (): Promise<void> => {
      for (const name of APPS) {
        const { status, stdout, stderr } = await host.appc([`--local-config=${config}`, 'run', named(name)], { env })
        assert.deepEqual([status, stdout], [0, SAYS[name]], stderr)
      }
      await host.ok(['gc', '--grace-period=0'])
    }
    await runAll()
    // what the others always kept from it works alone
    for (const [name, operation] of kinds.filter(([name]) => !done.has(name))) {
      await perform(name, operation, new PseudoRandom(WORKERS))
      assert.ok(done.has(name), `${name}, alone: ${wrong.join('\n')}`)
      await runAll()
    }
    const verified = await host.appc(['image', 'verify', '--all'])
    assert.deepEqual([verified.status, verified.stderr], [0, ''])
    assert.ok(
      IMAGES.every((name) => verified.stdout.includes(`"${named(name)}"`)),
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
