import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, watch, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ExampleCom, LABELS } from '../helpers/example-com.js'
import { shell } from '../helpers/images.js'
import { killedAt, momentsOf, pick } from '../helpers/kill-points.js'
import { noPods, podHost } from '../helpers/pods.js'
import { APPC, type Seen } from '../helpers/run-cli.js'
import { etagOf, fileHandler } from '../helpers/web-server.js'

const noStrace = existsSync('/usr/bin/strace') ? noPods : 'needs strace'

const isFilled = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0

/** Resolves when a matching file is below the directory. */
async function appears(directory: string, matches: (path: string) => boolean): Promise<void> {
  const watcher = watch(directory, { recursive: true })
  try {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
        if (names.some((name) => matches(join(directory, name)))) resolve()
      }
      watcher.on('change', check)
      check()
    })
  } finally {
    watcher.close()
  }
}

const nameOf = (name: string): string => `example.com/${name}:1.0.0`

/** A command that is killed at several moments. */
interface Victim {
  readonly words: () => readonly string[]
  /** Prepares the state before the command. */
  readonly prepare: () => Promise<void>
  /** Checks this command's own conditions after the kill, besides {@link everythingWorks}. */
  readonly check?: () => Promise<void>
  /** The maximum number of tested moments: testing all system calls would take too long. */
  readonly maxMoments: number
}

describe('kill -9 of commands that work with images', { skip: noStrace }, () => {
  const host = podHost()
  const config = join(host.scratch, 'config')
  const env: NodeJS.ProcessEnv = {}
  const ids = new Map<string, string>()
  const globals = [`--dir=${host.dir.root}`, `--local-config=${config}`]
  const keys = join(config, 'trustedkeys/prefix.d/example.com')
  let site: ExampleCom
  let key: string

  const appc = (...words: readonly string[]): Promise<Seen> =>
    host.appc([`--local-config=${config}`, ...words], { env })
  const ok = async (...words: readonly string[]): Promise<Seen> => {
    const seen = await appc(...words)
    assert.equal(seen.status, 0, `appc ${words.join(' ')}: ${seen.stderr}`)
    return seen
  }

  before(async () => {
    site = await ExampleCom.start()
    Object.assign(env, site.env)
    key = join(host.scratch, 'key.asc')
    writeFileSync(key, site.maker.publicKey)
    await site.publish('base', host.image({ name: 'base', filesOnly: true, manifest: { labels: LABELS } }))
    const slim = host.image({
      name: 'slim',
      without: ['bin', 'etc', 'root', 'srv', 'var', 'tmp'],
      files: { own: 'own' },
      app: { exec: shell('cat /own') },
      manifest: {
        labels: LABELS,
        dependencies: [{ imageName: 'example.com/base', labels: LABELS }],
        pathWhitelist: ['/bin/busybox', '/bin/sh', '/bin/cat', '/own', '/empty/'],
      },
    })
    await site.publish('slim', slim)
    await restore()
    for (const name of ['base', 'slim']) ids.set(name, (await ok('fetch', nameOf(name))).stdout.trim())
  })
  after(() => site[Symbol.asyncDispose]())

  /** Restores the initial state: the key is trusted, and there is no image. */
  async function restore(): Promise<void> {
    rmSync(keys, { recursive: true, force: true })
    site.trustedIn(config)
    if (existsSync(host.dir.root)) await ok('image', 'gc', '--grace-period=0')
  }

  /** Asserts that everything works, and that the collectors leave nothing. */
  async function everythingWorks(): Promise<void> {
    const seen = await ok('run', nameOf('slim'))
    assert.equal(seen.stdout, 'own')
    const verified = await ok('image', 'verify', '--all')
    assert.equal(verified.stderr, '')
    for (const id of ids.values()) assert.ok(verified.stdout.includes(id), verified.stdout)
    await ok('gc', '--grace-period=0')
    await ok('image', 'gc', '--grace-period=0')
    const { cas, tmp, downloads, trees, remotes } = host.dir
    assert.deepEqual(
      [cas, tmp, downloads, trees, remotes].map((path) => readdirSync(path)),
      [[], [], [], [], []],
    )
  }

  describe('a download', () => {
    /**
     * Kills the client at one moment of the response to one request; later requests get the normal
     * response.
     */
    async function killDuring(path: string, moment: 'asked' | 'begun' | 'half' | 'nearly all'): Promise<void> {
      const file = site.file(path)
      const good = fileHandler(file)
      site.server.route(path, (_request, response) => {
        site.server.route(path, good)
        const kill = (): void => victim.kill('SIGKILL')
        if (moment === 'asked') {
          kill()
          return
        }
        response.writeHead(200, { etag: etagOf(file), 'content-length': file.length })
        const share = { begun: 0, half: 0.5, 'nearly all': 1 }[moment]
        const bytes = file.subarray(0, Math.floor(share * (file.length - 1)))
        if (bytes.length === 0) {
          response.flushHeaders()
          setImmediate(kill)
        } else response.write(bytes, kill)
      })
      const victim = host.start([`--local-config=${config}`, 'fetch', nameOf('slim')], { env })
      assert.equal((await victim.ended).status, null)
    }

    for (const [part, name, moments] of [
      ['signature', 'slim', ['asked', 'half']],
      ['image', 'slim', ['asked', 'begun', 'half', 'nearly all']],
      ['dependency', 'base', ['half']],
    ] as const) {
      for (const moment of moments) {
        test(`of the ${part}, ${moment}`, async () => {
          await restore()
          await killDuring(`${ExampleCom.path(name)}${part === 'signature' ? '.asc' : ''}`, moment)
          await everythingWorks()
        })
      }
    }

    for (const [property, reading] of [
      ['during the computation of its digest', []],
      ['during its extraction', ['--insecure-options=image']],
    ] as const) {
      test(`of an image, ${property}: the next fetch requests the rest`, async () => {
        await restore()
        const path = ExampleCom.path('base')
        const file = site.file(path)
        const fetch = [...reading, 'fetch', ExampleCom.url('base')]
        site.server.route(path, (_request, response) => {
          site.server.route(path, fileHandler(file))
          response.writeHead(200, { etag: etagOf(file), 'content-length': file.length })
          response.write(file.subarray(0, Math.floor(file.length / 2)))
        })
        const victim = host.start([`--local-config=${config}`, ...fetch], { env })
        await appears(host.dir.downloads, (path) => path.endsWith('/body') && isFilled(path))
        if (reading.length > 0) await appears(host.dir.tmp, (path) => path.includes('/rootfs/'))
        victim.kill('SIGKILL')
        assert.equal((await victim.ended).status, null)
        assert.deepEqual(readdirSync(host.dir.cas), [])

        assert.equal((await ok(...fetch)).stdout.trim(), ids.get('base'))
        const range = site.server.requestsTo(path).at(-1)?.headers.range
        assert.match(range ?? 'all', /^bytes=[1-9]\d*-$/)
        await everythingWorks()
      })
    }
  })

  const render = (): readonly string[] => [
    ...['image', 'render', '--rootfs-only', nameOf('slim')],
    join(mkdtempSync(join(host.scratch, 'out-')), 'slim'),
  ]
  const fetchSlim = async (): Promise<void> => {
    await restore()
    await ok('fetch', nameOf('slim'))
  }
  const victims: Readonly<Record<string, Victim>> = {
    'fetch: signature check and ingest': {
      words: () => ['fetch', ExampleCom.url('base')],
      prepare: restore,
      maxMoments: 10,
    },
    'fetch without a signature: download and ingest': {
      words: () => ['--insecure-options=image', 'fetch', ExampleCom.url('base')],
      prepare: restore,
      maxMoments: 10,
    },
    'image render: the tree of a whitelist': { words: render, prepare: fetchSlim, maxMoments: 10 },
    'image gc': {
      words: () => ['image', 'gc', '--grace-period=0'],
      prepare: async () => {
        await fetchSlim()
        await ok(...render())
        mkdirSync(join(host.dir.downloads, 'left'))
        writeFileSync(join(host.dir.downloads, 'left/body'), 'left')
      },
      maxMoments: 8,
    },
    'image verify: repair': {
      words: () => ['image', 'verify', ids.get('slim') ?? ''],
      prepare: async () => {
        await fetchSlim()
        writeFileSync(join(host.dir.image(ids.get('slim') ?? ''), 'rootfs/own'), 'evil')
      },
      check: async () => {
        // the image may be complete or damaged, but never missing
        assert.ok((await ok('image', 'list', '--full', '--no-legend')).stdout.includes(ids.get('slim') ?? ''))
        await ok('image', 'verify', '--all')
      },
      maxMoments: 9,
    },
    trust: {
      words: () => ['trust', '--prefix=example.com', '--skip-fingerprint-review', key],
      prepare: async () => {
        await restore()
        rmSync(keys, { recursive: true })
      },
      check: async () => {
        const listed = await ok('trust', 'list')
        assert.equal(listed.stderr, '')
        assert.ok(['', site.maker.fingerprint].includes(listed.stdout.split('\t')[1] ?? ''))
        await ok('trust', '--prefix=example.com', '--skip-fingerprint-review', key)
        assert.deepEqual(readdirSync(keys), [site.maker.fingerprint])
      },
      maxMoments: 6,
    },
  }

  for (const [name, { words, prepare, check, maxMoments }] of Object.entries(victims)) {
    test(`${name}: afterwards everything works, and the collectors leave nothing`, async (t) => {
      await prepare()
      const trace = join(host.scratch, 'trace')
      const moments = pick(
        await momentsOf([APPC, ...globals, ...words()], dirname(host.scratch), trace, env),
        maxMoments,
      )
      let killed = 0
      for (const moment of moments) {
        await t.test(moment.about, async () => {
          await prepare()
          if (await killedAt(moment, [APPC, ...globals, ...words()], env)) killed++
          await check?.()
          await everythingWorks()
        })
      }
      t.diagnostic(`${killed} of ${moments.length} killed`)
      assert.ok(killed >= maxMoments / 2, `only ${killed} of ${moments.length} were killed`)
    })
  }
})
