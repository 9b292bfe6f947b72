import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RuntimeError, type Code } from '#schema/errors.js'
import { SECURE } from '../../../stage0/config/insecure-options.js'
import { aci } from '../../helpers/aci.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { inTurn } from '../../helpers/downloads.js'
import { fetchBed, type FetchBed, Maker } from '../../helpers/image-server.js'
import { fileHandler, type Handler } from '../../helpers/web-server.js'

const NAME = 'localhost/a'
const IMAGE = `/images/${NAME}.aci`
const UNSIGNED = { insecure: { ...SECURE, image: true } }

async function fails(fetching: Promise<unknown>, code: Code, message: RegExp): Promise<void> {
  await assert.rejects(fetching, (error) => {
    assert.ok(error instanceof RuntimeError, String(error))
    assert.match(error.message, message)
    assert.equal(error.code, code)
    return true
  })
}

/** Every file below a directory. */
const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())

const trouble =
  (status: number): Handler =>
  (_request, response) =>
    void response.writeHead(status).end('trouble')
const reset: Handler = (request) => void request.socket.destroy()
const cut: Handler = (_request, response) => {
  response.writeHead(200, { 'content-length': 1000 })
  response.write('-----BEGIN', () => response.socket?.destroySoon())
}

const TROUBLES: Readonly<Record<string, Handler>> = { 'status 503': trouble(503), 'a reset': reset, 'half of it': cut }

/** All requests that fetch an image by its name. */
const FILES = { page: '/', signature: `${IMAGE}.asc`, image: IMAGE, keys: '/keys.asc' }

describe('a server in trouble', { skip: needsRoot }, () => {
  for (const [what, path] of Object.entries(FILES)) {
    for (const [how, handler] of Object.entries(TROUBLES)) {
      test(`${what}: ${how} at first`, async (t) => {
        const bed = await fetchBed(t)
        const bytes = await bed.publish({ name: NAME })
        const good: Readonly<Record<string, string | Buffer>> = {
          '/': `<meta name="ac-discovery" content="localhost ${bed.server.url('/images/').href}{name}.{ext}">
            <meta name="ac-discovery-pubkeys" content="localhost ${bed.server.url('/keys.asc').href}">`,
          '/keys.asc': bed.maker.publicKey,
          [`${IMAGE}.asc`]: await bed.maker.sign(bytes),
          [IMAGE]: bytes,
        }
        bed.server.route(path, inTurn(handler, handler, handler, fileHandler(Buffer.from(good[path] ?? ''))))
        assert.equal((await bed.fetcher({ trustKeysFromHTTPS: true }).fetch(NAME)).manifest.name, NAME)
        assert.equal(bed.server.requestsTo(path).length, 4)
      })
    }

    test(`${what}: status 503 for ever`, async (t) => {
      const bed = await fetchBed(t)
      await bed.publish({ name: NAME })
      bed.server.route(path, trouble(503))
      const fetching = bed.fetcher({ trustKeysFromHTTPS: true }).fetch(NAME)
      await fails(fetching, path === '/' ? 'DISCOVERY_FAILED' : 'DOWNLOAD_FAILED', /is not available \(status 503\)/)
      assert.equal(bed.server.requestsTo(path).length, 4)
      assert.deepEqual(bed.store.list(), [])
    })
  }

  for (const status of [404, 410]) {
    test(`a signature that is not there (${status}) is not asked for again`, async (t) => {
      const bed = await fetchBed(t)
      await bed.publish({ name: NAME, signature: null })
      bed.server.route(`${IMAGE}.asc`, trouble(status))
      const none = new RegExp(`no such signature \\(status ${status}\\)$`)
      await fails(bed.fetcher().fetch(NAME), 'SIGNATURE_MISSING', none)
      assert.equal(bed.server.requestsTo(`${IMAGE}.asc`).length, 1)
    })
  }
})

const packed =
  (bytes: Buffer | string, coding?: string): Handler =>
  (_request, response) =>
    void response.writeHead(200, coding === undefined ? {} : { 'content-encoding': coding }).end(gzipSync(bytes))

describe('what a server packs that was not asked to', { skip: needsRoot }, () => {
  const SENT = /was sent packed \(Content-Encoding: gzip\), which was not asked for$/

  test('an image that is signed: its signature is not of these bytes, and why is told', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    bed.server.route(IMAGE, packed(await bed.publish({ name: NAME }), 'gzip'))
    const told = new RegExp(`^https://.*a\\.aci: .*; it ${SENT.source}`)
    await fails(bed.fetcher().fetch(NAME), 'SIGNATURE_INVALID', told)
    assert.deepEqual(readdirSync(bed.store.dir.downloads), [])
  })

  test('an image that is not signed: it is no archive, and why is told', async (t) => {
    const bed = await fetchBed(t)
    bed.server.route(IMAGE, packed(await bed.publish({ name: NAME }), 'gzip'))
    await fails(bed.fetcher(UNSIGNED).fetch(NAME), 'ARCHIVE_INVALID', SENT)
  })

  test('an image whose file is packed itself, which some servers say so: it is taken as it is', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    const bytes = await bed.publish({ name: NAME })
    bed.server.route(IMAGE, fileHandler(bytes, { 'content-encoding': 'x-gzip' }))
    bed.server.route(
      `${IMAGE}.asc`,
      fileHandler(Buffer.from(await bed.maker.sign(bytes)), { 'content-encoding': 'gzip' }),
    )
    assert.equal((await bed.fetcher().fetch(NAME)).manifest.name, NAME)
  })

  for (const [coding, message] of [
    ['gzip', SENT],
    ['x-gzip', /was sent packed \(Content-Encoding: x-gzip\)/],
    ['br', /was sent packed \(Content-Encoding: br\)/],
    [undefined, /: is packed with gzip$/],
  ] as const) {
    test(`a signature and a key: ${coding ?? 'gzip without a word'}`, async (t) => {
      const bed = await fetchBed(t)
      const bytes = await bed.publish({ name: NAME })
      bed.server.route('/keys.asc', packed(bed.maker.publicKey, coding))
      await fails(bed.fetcher({ trustKeysFromHTTPS: true }).fetch(NAME), 'KEY_INVALID', message)
      bed.server.route(`${IMAGE}.asc`, packed(await bed.maker.sign(bytes), coding))
      await fails(bed.fetcher().fetch(NAME), 'SIGNATURE_INVALID', message)
    })
  }
})

describe('the signature beside an image file', { skip: needsRoot }, () => {
  async function beside(t: TestContext): Promise<{ bed: FetchBed; path: string; sign: () => Promise<string> }> {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    const path = join(temporaryDirectory(t), 'a.aci')
    const bytes = aci([], { name: NAME })
    writeFileSync(path, bytes)
    return { bed, path, sign: () => bed.maker.sign(bytes) }
  }

  test('a link that leads nowhere, or to itself, is not the same as none', async (t) => {
    for (const target of ['nowhere.asc', 'a.aci.asc']) {
      const { bed, path } = await beside(t)
      symlinkSync(target, `${path}.asc`)
      await fails(
        bed.fetcher().fetch(path),
        'FILE_UNREADABLE',
        /a\.aci\.asc: (is a link to no file|too many symbolic links)/,
      )
      assert.deepEqual(bed.store.list(), [])
      assert.equal((await bed.fetcher(UNSIGNED).fetch(path)).manifest.name, NAME)
    }
  })

  test('a directory is none that can be read', async (t) => {
    const { bed, path } = await beside(t)
    mkdirSync(`${path}.asc`)
    await fails(bed.fetcher().fetch(path), 'FILE_UNREADABLE', /^\/.*a\.aci\.asc: is no regular file$/)
  })

  test('a link to a good one does', async (t) => {
    const { bed, path, sign } = await beside(t)
    writeFileSync(`${path}.other`, await sign())
    symlinkSync('a.aci.other', `${path}.asc`)
    const { directory } = await bed.fetcher().fetch(path)
    assert.match(readFileSync(join(directory, 'provenance.json'), 'utf8'), new RegExp(bed.maker.fingerprint, 'i'))
  })

  test('one that is longer than any, or never ends, is not read to its end', async (t) => {
    const { bed, path } = await beside(t)
    for (const signature of ['/dev/zero', `${path}.long`]) {
      writeFileSync(`${path}.long`, Buffer.alloc((1 << 20) + 1))
      await fails(bed.fetcher().fetch(path, { signature }), 'SIGNATURE_INVALID', /: is longer than any signature$/)
    }
  })
})

describe('what an earlier fetch does not do for', { skip: needsRoot }, () => {
  test('another name that leads to the same place', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: NAME })
    await bed.fetcher().fetch(NAME)
    const place = bed.server.url(IMAGE).href.replace('.aci', '.{ext}')
    bed.server.route('/', `<meta name="ac-discovery" content="localhost ${place}">`)
    await fails(
      bed.fetcher().fetch('localhost/b'),
      'IMAGE_MISMATCH',
      /is localhost\/a, but localhost\/b was asked for$/,
    )
  })

  test('a key that discovery names, where another is trusted for the name', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost', await Maker.create('Somebody Else'))
    await bed.publish({ name: NAME })
    await fails(
      bed.fetcher({ trustKeysFromHTTPS: true }).fetch(NAME),
      'KEY_UNTRUSTED',
      /is not trusted for localhost\/a$/,
    )
    assert.deepEqual(bed.server.requestsTo('/keys.asc'), [])
  })

  test('what hangs, by a signed file of root’s, on an image of a server', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    const give = async (name: string, dependencies: readonly string[], signed: boolean): Promise<void> => {
      const path = join(temporaryDirectory(t), 'image.aci')
      const bytes = aci([], { name, dependencies: dependencies.map((imageName) => ({ imageName })) })
      writeFileSync(path, bytes)
      if (signed) writeFileSync(`${path}.asc`, await bed.maker.sign(bytes))
      await bed.fetcher({ pullPolicy: 'never' }).fetch(path)
    }
    await give('example.com/c', [], false)
    await give('example.com/b', ['example.com/c'], true)
    await bed.publish({ name: 'example.com/a', manifest: { dependencies: [{ imageName: 'example.com/b' }] } })
    await bed.fetcher({ pullPolicy: 'never' }).fetch('example.com/b')
    await fails(
      bed.fetcher().fetch('example.com/a'),
      'SIGNATURE_MISSING',
      /^example\.com\/b: depends on example\.com\/c: /,
    )
  })
})

describe('what is left of a fetch', { skip: needsRoot }, () => {
  test('the query of a URL, which may be a secret, is nowhere in the store, and not shown', async (t) => {
    const bed = await fetchBed(t)
    const bytes = await bed.publish({ name: NAME })
    bed.trust('localhost')
    const lines: string[] = []
    const fetcher = bed.fetcher({ log: (message, fields) => void lines.push(message, JSON.stringify(fields)) })
    const url = bed.server.url(`${IMAGE}?token=opensesame`).href
    bed.server.route(`${IMAGE}.asc`, trouble(404))
    await fails(
      fetcher.fetch(url),
      'SIGNATURE_MISSING',
      /^https:\/\/localhost:\d+\/images\/localhost\/a\.aci\.asc\?…: /,
    )
    bed.server.route(`${IMAGE}.asc`, await bed.maker.sign(bytes))
    const image = await fetcher.fetch(url)
    assert.equal(image.source, bed.server.url(IMAGE).href)
    assert.doesNotMatch([...lines, ...bed.told, ...bed.warnings].join('\n'), /opensesame/)
    for (const path of filesBelow(bed.store.dir.root))
      assert.doesNotMatch(readFileSync(path, 'latin1'), /opensesame/, path)
  })

  test('nor of a download that is broken off and left to be resumed', async (t) => {
    const bed = await fetchBed(t)
    await bed.publish({ name: NAME })
    bed.server.route(IMAGE, (_request, response) => {
      response.writeHead(200, { 'content-length': 1000, etag: '"strong"' })
      response.write('some of it', () => response.socket?.destroySoon())
    })
    const url = bed.server.url(`${IMAGE}?token=opensesame`).href
    await fails(bed.fetcher(UNSIGNED).fetch(url), 'DOWNLOAD_FAILED', /a\.aci\?…: connection broken off by the server$/)
    const left = filesBelow(bed.store.dir.downloads)
    assert.ok(left.some((path) => path.endsWith('/state.json')))
    for (const path of left) assert.doesNotMatch(readFileSync(path, 'latin1'), /opensesame/, path)
  })

  for (const [what, headers] of [
    ['that could be resumed', { etag: '"strong"' }],
    ['that may be kept for a while', { etag: '"strong"', 'cache-control': 'max-age=1000' }],
    ['of which nothing is known', { etag: '', 'last-modified': '' }],
  ] as const) {
    test(`a file with a bad signature is not left in the downloads: one ${what}`, async (t) => {
      const bed = await fetchBed(t)
      bed.trust('localhost')
      const bytes = await bed.publish({ name: NAME, signature: await bed.maker.sign(Buffer.from('other bytes')) })
      bed.server.route(IMAGE, fileHandler(bytes, headers))
      await fails(
        bed.fetcher().fetch(NAME),
        'SIGNATURE_INVALID',
        /^https:\/\/localhost:\d+\/images\/localhost\/a\.aci: /,
      )
      assert.deepEqual(readdirSync(bed.store.dir.downloads), [])
      assert.deepEqual(bed.store.list(), [])
    })
  }
})
