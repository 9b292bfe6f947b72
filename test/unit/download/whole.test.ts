import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import type { DataDir } from '../../../stage0/data-dir.js'
import { download } from '../../../stage0/download/download.js'
import type { HttpClient } from '../../../stage0/http/client.js'
import { content, emptyDataDir, fileOf, inTurn, readAll, slotOf } from '../../helpers/downloads.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import { fileHandler, type Handler, LAST_MODIFIED, type WebServer } from '../../helpers/web-server.js'

const BYTES = content(300_000)
const MAX = 1_000_000

async function bed(t: TestContext): Promise<{ server: WebServer; client: HttpClient; dir: DataDir }> {
  setProxies(t)
  return { server: await serverFor(t), client: clientFor(t), dir: emptyDataDir(t) }
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_request, response) =>
    void response.writeHead(code, headers).end('some words')

test('a file arrives whole, with what the server said of it, readable from its beginning', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a.aci', fileHandler(BYTES, { etag: '"v1"', 'cache-control': 'public, max-age=60' }))
  const progress: (readonly [number, number | undefined])[] = []
  const url = server.url('/a.aci')
  const onProgress = (bytes: number, total: number | undefined): void => void progress.push([bytes, total])
  const file = fileOf(await download(dir, client, { url, maxBytes: MAX, onProgress }))
  assert.equal(file.bytes, BYTES.length)
  assert.deepEqual(file.validators, { etag: '"v1"', lastModified: LAST_MODIFIED, maxAgeSeconds: 60 })
  assert.equal(file.url.href, url.href)
  assert.ok(readAll(file).equals(BYTES))
  assert.deepEqual(progress[0], [0, BYTES.length])
  assert.deepEqual(progress.at(-1), [BYTES.length, BYTES.length])
  file.remove()
  assert.deepEqual(readdirSync(dir.downloads), [])
})

test('a file that was kept is asked for again only by its validators', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', fileHandler(BYTES))
  const request = { url: server.url('/a'), maxBytes: MAX }
  fileOf(await download(dir, client, request)).keep()
  const again = fileOf(await download(dir, client, request))
  assert.ok(readAll(again).equals(BYTES))
  again.keep()
  assert.deepEqual(
    server.requests.map(({ headers }) => headers['if-none-match'] !== undefined),
    [false, true],
  )
  server.route('/a', fileHandler(content(1000, 'new')))
  const changed = fileOf(await download(dir, client, request))
  assert.ok(readAll(changed).equals(content(1000, 'new')))
  changed.remove()
})

test('a file that was kept and is fresh is not asked for at all', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', fileHandler(BYTES, { 'cache-control': 'max-age=1000' }))
  const request = { url: server.url('/a'), maxBytes: MAX }
  fileOf(await download(dir, client, request)).keep()
  fileOf(await download(dir, client, request)).remove()
  assert.equal(server.requests.length, 1)
})

test('a body without an announced length arrives whole', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', (_request, response) => {
    response.write(BYTES.subarray(0, 1000))
    response.end(BYTES.subarray(1000))
  })
  const file = fileOf(await download(dir, client, { url: server.url('/a'), maxBytes: MAX }))
  assert.ok(readAll(file).equals(BYTES))
  file.remove()
})

test('an empty file is a file', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', '')
  const file = fileOf(await download(dir, client, { url: server.url('/a'), maxBytes: MAX }))
  assert.equal(file.bytes, 0)
  file.remove()
})

test('after a redirect, the file says where it came from', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', status(302, { location: '/b?x' }))
  server.route('/b', BYTES)
  const file = fileOf(await download(dir, client, { url: server.url('/a'), maxBytes: MAX }))
  assert.equal(file.url.href, server.url('/b').href)
  file.remove()
})

test('202: the server will have it later', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', status(202))
  assert.deepEqual(await download(dir, client, { url: server.url('/a'), maxBytes: MAX }), { kind: 'deferred' })
  assert.deepEqual(readdirSync(dir.downloads), [])
})

for (const [code, words] of [
  [401, 'credentials are needed (status 401)'],
  [403, 'access is denied (status 403)'],
  [404, 'not found (status 404)'],
  [304, 'an answer that does not fit (status 304)'],
  [206, 'another part of the file was sent than was asked for'],
  [416, 'the server refused (status 416)'],
] as const) {
  test(`a server that answers ${code} to a plain request`, async (t) => {
    const { server, client, dir } = await bed(t)
    server.route('/a', status(code))
    const url = server.url('/a')
    await assert.rejects(download(dir, client, { url, maxBytes: MAX }), {
      code: 'DOWNLOAD_FAILED',
      message: `${url.href}: ${words}`,
    })
    assert.deepEqual(readdirSync(dir.downloads), [])
    assert.equal(server.requests.length, code === 206 ? 4 : 1, 'only what may pass is tried again')
  })
}

test('a server that has trouble is asked again, not for ever', async (t) => {
  const { server, client, dir } = await bed(t)
  const request = { url: server.url('/a'), maxBytes: MAX }
  server.route('/a', inTurn(status(503), status(500), status(429), fileHandler(BYTES)))
  fileOf(await download(dir, client, request)).remove()
  assert.equal(server.requests.length, 4)
  server.route('/a', status(503))
  await assert.rejects(download(dir, client, request), { message: /: the server is not available \(status 503\)$/ })
  assert.equal(server.requests.length, 8)
})

test('a file announced as longer than allowed is not read, and nothing is left of it', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', fileHandler(BYTES))
  const url = server.url('/a')
  await assert.rejects(download(dir, client, { url, maxBytes: BYTES.length - 1 }), {
    code: 'DOWNLOAD_LIMIT',
    message: `${url.href}: more than the ${BYTES.length - 1} bytes that are allowed`,
  })
  assert.deepEqual(readdirSync(dir.downloads), [])
  fileOf(await download(dir, client, { url, maxBytes: BYTES.length })).remove()
})

test('an endless file is cut off at the limit, and nothing is left of it', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', (_request, response) => {
    response.writeHead(200, { etag: '"strong"' })
    const more = (): void => {
      if (!response.destroyed) response.write(BYTES, () => setImmediate(more))
    }
    more()
  })
  const url = server.url('/a')
  await assert.rejects(download(dir, client, { url, maxBytes: MAX }), { code: 'DOWNLOAD_LIMIT' })
  assert.deepEqual(readdirSync(dir.downloads), [])
  assert.equal(server.requests.length, 1)
})

test('a kept file that is longer than this caller allows is not given to it', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', fileHandler(BYTES, { 'cache-control': 'max-age=1000' }))
  const url = server.url('/a')
  fileOf(await download(dir, client, { url, maxBytes: MAX })).keep()
  await assert.rejects(download(dir, client, { url, maxBytes: 10 }), { code: 'DOWNLOAD_LIMIT' })
})

test('keep, remove and dispose may come in any order; only the first counts', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', fileHandler(BYTES))
  const file = fileOf(await download(dir, client, { url: server.url('/a'), maxBytes: MAX }))
  file.keep()
  file.remove()
  file[Symbol.dispose]()
  assert.ok(existsSync(file.path))
})

test('a data directory that cannot be written to is named', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', fileHandler(BYTES))
  const elsewhere = { ...dir, downloads: '/dev/null/downloads' }
  await assert.rejects(download(elsewhere, client, { url: server.url('/a'), maxBytes: MAX }), {
    code: 'FILE_UNREADABLE',
    message: /^\/dev\/null\/downloads\/.*: cannot be written: ENOTDIR/,
  })
})

test('a file whose bytes are given up is downloaded again, by whoever waits for it, too', async (t) => {
  const { server, client, dir } = await bed(t)
  server.route('/a', fileHandler(BYTES, { 'cache-control': 'max-age=1000' }))
  const request = { url: server.url('/a'), maxBytes: MAX }
  const file = fileOf(await download(dir, client, request))
  const waiting = download(dir, client, request)
  file.empty()
  assert.equal(statSync(file.path).size, 0)
  assert.deepEqual(readdirSync(slotOf(dir, request.url)), ['body'])
  assert.equal(server.requests.length, 1)
  file.keep()
  const again = fileOf(await waiting)
  assert.ok(readAll(again).equals(BYTES))
  assert.equal(server.requests.length, 2)
  assert.equal(server.requests[1]?.headers.range, undefined)
  again.remove()
})
