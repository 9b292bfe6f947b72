import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import type { DataDir } from '../../../stage0/data-dir.js'
import { download, type Downloaded, type CachedFile } from '../../../stage0/download/download.js'
import { isFresh, strongValidator, validatorsOf } from '../../../stage0/download/validators.js'
import { content, emptyDataDir, fileOf } from '../../helpers/downloads.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import { fileHandler, LAST_MODIFIED, type WebServer } from '../../helpers/web-server.js'

interface Bed {
  readonly server: WebServer
  readonly dir: DataDir
  readonly ask: (known: CachedFile) => Promise<Downloaded>
}

async function bed(t: TestContext, headers: Readonly<Record<string, string>> = {}): Promise<Bed> {
  setProxies(t)
  const server = await serverFor(t)
  const client = clientFor(t)
  const dir = emptyDataDir(t)
  server.route('/a', fileHandler(content(1000), { etag: '"v1"', ...headers }))
  return {
    server,
    dir,
    ask: (known) => download(dir, client, { url: server.url('/a'), maxBytes: 10_000, cached: known }),
  }
}

test('a file known by its ETag is not sent again', async (t) => {
  const { server, dir, ask } = await bed(t, { 'cache-control': 'max-age=7' })
  const { kind, ...rest } = await ask({ etag: '"v1"' })
  assert.equal(kind, 'unchanged')
  assert.deepEqual(rest, { validators: { etag: '"v1"', lastModified: LAST_MODIFIED, maxAgeSeconds: 7 } })
  assert.equal(server.requests[0]?.headers['if-none-match'], '"v1"')
  assert.deepEqual(readdirSync(dir.downloads), [])
})

test('a file that has changed is sent', async (t) => {
  const { ask } = await bed(t)
  fileOf(await ask({ etag: '"v0"' })).remove()
})

test('a file known only by its date is asked for by that', async (t) => {
  const { server, ask } = await bed(t)
  server.route('/a', (_request, response) => void response.writeHead(304).end())
  const answer = await ask({ lastModified: LAST_MODIFIED, maxAgeSeconds: 100 })
  assert.deepEqual(answer, { kind: 'unchanged', validators: { lastModified: LAST_MODIFIED } })
  assert.equal(server.requests[0]?.headers['if-modified-since'], LAST_MODIFIED)
})

test('within max-age the server is not asked at all', async (t) => {
  const { server, ask } = await bed(t)
  const known = { maxAgeSeconds: 1000, checkedAt: Date.now() }
  assert.equal((await ask(known)).kind, 'unchanged')
  assert.equal(server.requests.length, 0)
})

test('after max-age it is', async (t) => {
  const { server, ask } = await bed(t)
  const answer = await ask({ etag: '"v1"', maxAgeSeconds: 10, checkedAt: Date.now() - 10_001 })
  assert.equal(answer.kind, 'unchanged')
  assert.equal(server.requests.length, 1)
})

test('max-age counts from when the server was asked; a clock that went back means nothing is fresh', () => {
  assert.equal(isFresh({ maxAgeSeconds: 10, checkedAt: 1000 }, 10_999), true)
  assert.equal(isFresh({ maxAgeSeconds: 10, checkedAt: 1000 }, 11_000), false)
  assert.equal(isFresh({ maxAgeSeconds: 10, checkedAt: 1000 }, 999), false)
  assert.equal(isFresh({ maxAgeSeconds: 10 }, 0), false)
  assert.equal(isFresh({ checkedAt: 1000 }, 1000), false)
})

const MAX_AGES: readonly (readonly [cacheControl: string, age: string | undefined, seconds: number | undefined])[] = [
  ['max-age=60', undefined, 60],
  ['public, MAX-AGE=60', undefined, 60],
  ['max-age="60"', undefined, 60],
  ['max-age=60', '20', 40],
  ['max-age=60', '100', 0],
  ['max-age=60', 'nonsense', 60],
  ['no-cache, max-age=60', undefined, undefined],
  ['max-age=60, no-store', undefined, undefined],
  ['s-maxage=60', undefined, undefined],
  ['max-age=-1', undefined, undefined],
  ['max-age=99999999999999', undefined, undefined],
  ['x-max-age=60', undefined, undefined],
  ['', undefined, undefined],
]

test('max-age is read from Cache-Control', () => {
  for (const [cacheControl, age, seconds] of MAX_AGES) {
    const found = validatorsOf({ 'cache-control': cacheControl, ...(age !== undefined && { age }) })
    assert.equal(found.maxAgeSeconds, seconds, cacheControl)
  }
})

test('validators that are none are left out', () => {
  for (const etag of ['v1', '"', '"a"b"', 'w/"a"', '"a\tb"', `"${'x'.repeat(2000)}"`])
    assert.deepEqual(validatorsOf({ etag }), {}, etag)
  for (const date of ['yesterday', '0', 'Sun, 99 Foo 2026 10:00:00 GMT', `Sun, ${' '.repeat(5000)}`])
    assert.deepEqual(validatorsOf({ 'last-modified': date }), {}, date)
})

test('only what changes with every byte lets a download be resumed', () => {
  const later = (seconds: number): string => new Date(Date.parse(LAST_MODIFIED) + seconds * 1000).toUTCString()
  assert.equal(strongValidator({ etag: '"a"', lastModified: LAST_MODIFIED }, later(100)), '"a"')
  assert.equal(strongValidator({ etag: 'W/"a"', lastModified: LAST_MODIFIED }, later(100)), undefined)
  assert.equal(strongValidator({ lastModified: LAST_MODIFIED }, later(60)), LAST_MODIFIED)
  assert.equal(strongValidator({ lastModified: LAST_MODIFIED }, later(59)), undefined)
  assert.equal(strongValidator({ lastModified: LAST_MODIFIED }, undefined), undefined)
  assert.equal(strongValidator({}, later(60)), undefined)
})
