import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { DataDir } from '../../../stage0/data-dir.js'
import { download, type DownloadedFile } from '../../../stage0/download/download.js'
import { brokenAfter, content, emptyDataDir, fileOf, inTurn, readAll, slotOf } from '../../helpers/downloads.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import { fileHandler, type Handler, LAST_MODIFIED, type WebServer } from '../../helpers/web-server.js'

const BYTES = content(400_000)
const HALF = 200_000
const NEW = content(390_000, 'new')
const URL_PATH = '/a.aci'

interface Bed {
  readonly server: WebServer
  readonly dir: DataDir
  readonly get: (retryDelays?: readonly number[]) => Promise<DownloadedFile>
}

async function bed(t: TestContext, ...handlers: readonly Handler[]): Promise<Bed> {
  setProxies(t)
  const server = await serverFor(t)
  const dir = emptyDataDir(t)
  server.route(URL_PATH, inTurn(...handlers))
  const get = async (retryDelays: readonly number[] = [0, 0, 0]): Promise<DownloadedFile> => {
    const client = clientFor(t, { retryDelays })
    return fileOf(await download(dir, client, { url: server.url(URL_PATH), maxBytes: 1_000_000 }))
  }
  return { server, dir, get }
}

/** The first byte that each request asked for, and its validator. */
const asked = (server: WebServer): readonly string[] =>
  server.requests.map(({ headers }) => {
    const condition = headers['if-range'] === undefined ? '' : ` if ${String(headers['if-range'])}`
    return `${headers.range ?? 'all'}${condition}`
  })

function isWhole(file: DownloadedFile, bytes: Buffer): void {
  assert.equal(file.bytes, bytes.length)
  assert.ok(readAll(file).equals(bytes))
  file.remove()
}

const V1 = { etag: '"v1"' }

test('a download that is broken off goes on where it was', async (t) => {
  const { server, get } = await bed(t, brokenAfter(BYTES, HALF, V1), fileHandler(BYTES, V1))
  isWhole(await get(), BYTES)
  assert.deepEqual(asked(server), ['all', `bytes=${HALF}- if "v1"`])
})

test('so it does in another process, later', async (t) => {
  const { server, dir, get } = await bed(t, brokenAfter(BYTES, HALF, V1), fileHandler(BYTES, V1))
  await assert.rejects(get([]), { code: 'DOWNLOAD_FAILED', message: /connection broken off by the server$/ })
  assert.equal(readdirSync(dir.downloads).length, 1)
  isWhole(await get([]), BYTES)
  assert.deepEqual(asked(server), ['all', `bytes=${HALF}- if "v1"`])
  assert.deepEqual(readdirSync(dir.downloads), [])
})

test('a file that has changed since is begun anew', async (t) => {
  const { server, get } = await bed(t, brokenAfter(BYTES, HALF, V1), fileHandler(NEW, { etag: '"v2"' }))
  isWhole(await get(), NEW)
  assert.deepEqual(asked(server), ['all', `bytes=${HALF}- if "v1"`])
})

test('a file that changes each time never becomes a mixture', async (t) => {
  const versions = [1, 2, 3].map((version) =>
    brokenAfter(content(400_000, `${version}`), HALF, { etag: `"${version}"` }),
  )
  const { get } = await bed(t, ...versions, fileHandler(NEW, { etag: '"4"' }))
  isWhole(await get(), NEW)
})

test('a weak ETag, or none, means to begin anew', async (t) => {
  for (const headers of [{ etag: 'W/"v1"' }, {}] as Record<string, string>[]) {
    const { server, get } = await bed(t, brokenAfter(BYTES, HALF, headers), fileHandler(BYTES, headers))
    isWhole(await get(), BYTES)
    assert.deepEqual(asked(server), ['all', 'all'])
  }
})

test('an old enough date serves where there is no ETag', async (t) => {
  const dated = { 'last-modified': LAST_MODIFIED }
  const { server, get } = await bed(t, brokenAfter(BYTES, HALF, dated), fileHandler(BYTES, { etag: `"x"`, ...dated }))
  isWhole(await get(), BYTES)
  assert.deepEqual(asked(server), ['all', `bytes=${HALF}- if ${LAST_MODIFIED}`])
})

test('a date as young as the answer does not', async (t) => {
  const now = new Date().toUTCString()
  const dated = { 'last-modified': now, date: now }
  const { server, get } = await bed(t, brokenAfter(BYTES, HALF, dated), fileHandler(BYTES, dated))
  isWhole(await get(), BYTES)
  assert.deepEqual(asked(server), ['all', 'all'])
})

test('a server that knows no ranges sends all of it again', async (t) => {
  const all: Handler = (_request, response) => void response.writeHead(200, V1).end(BYTES)
  const { get } = await bed(t, brokenAfter(BYTES, HALF, V1), all)
  isWhole(await get(), BYTES)
})

const rest =
  (range: string, headers: Readonly<Record<string, string>> = V1, bytes = BYTES.subarray(HALF)): Handler =>
  (_request, response) => {
    response.writeHead(206, { 'content-range': range, 'content-length': bytes.length, ...headers }).end(bytes)
  }

/** Answers to the request for the second half that must not be appended to the first. */
const WRONG_PARTS: readonly (readonly [what: string, handler: Handler])[] = [
  ['begins too early', rest(`bytes ${HALF - 1}-399999/400000`)],
  ['begins too late', rest(`bytes ${HALF + 1}-399999/400000`)],
  ['ends too early', rest(`bytes ${HALF}-399998/400000`)],
  ['ends after the end', rest(`bytes ${HALF}-400000/400000`)],
  ['does not tell the whole length', rest(`bytes ${HALF}-399999/*`)],
  ['does not tell what it is', rest('nonsense')],
  ['is of another version', rest(`bytes ${HALF}-399999/400000`, { etag: '"v2"' })],
  ['does not exist', (_request, response) => void response.writeHead(416).end()],
]

for (const [what, handler] of WRONG_PARTS) {
  test(`a part that ${what} is thrown away, and all is asked for`, async (t) => {
    const { server, get } = await bed(t, brokenAfter(BYTES, HALF, V1), handler, fileHandler(BYTES, V1))
    isWhole(await get(), BYTES)
    assert.deepEqual(asked(server), ['all', `bytes=${HALF}- if "v1"`, 'all'])
  })
}

test('a server that never gets further is given up; what it sent stays for the next try', async (t) => {
  const { server, dir, get } = await bed(t, brokenAfter(BYTES, HALF, V1), (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes ${HALF}-399999/400000`, 'content-length': HALF, ...V1 })
    response.flushHeaders()
    response.socket?.destroySoon()
  })
  await assert.rejects(get(), { code: 'DOWNLOAD_FAILED', message: /connection broken off/ })
  assert.equal(server.requests.length, 4)
  assert.ok(readFileSync(join(slotOf(dir, server.url(URL_PATH)), 'body')).equals(BYTES.subarray(0, HALF)))
})

test('a download that gets on is never given up, however often it breaks off', async (t) => {
  const bytes = content(12 << 20)
  const step = (request: Parameters<Handler>[0], response: Parameters<Handler>[1]): void => {
    const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`
    const length = bytes.length - start
    response.writeHead(start === 0 ? 200 : 206, { 'content-range': range, 'content-length': length, ...V1 })
    const end = Math.min(bytes.length, start + (3 << 19))
    response.write(bytes.subarray(start, end), () => response.socket?.destroySoon())
  }
  setProxies(t)
  const server = await serverFor(t)
  server.route('/a', step)
  const client = clientFor(t, { retryDelays: [0] })
  const file = fileOf(await download(emptyDataDir(t), client, { url: server.url('/a'), maxBytes: bytes.length }))
  assert.equal(server.requests.length, 8)
  isWhole(file, bytes)
})

/** States of a kept or interrupted download after a crash, a power failure or manual changes. */
const LEFTOVERS: readonly (readonly [what: string, damage: (slot: string) => void])[] = [
  ['an unreadable state', (slot) => writeFileSync(join(slot, 'state.json'), '{"source":')],
  ['an empty state', (slot) => writeFileSync(join(slot, 'state.json'), '')],
  ['a state of other form', (slot) => writeFileSync(join(slot, 'state.json'), '{"source": 1, "validators": []}')],
  ['an empty body', (slot) => truncateSync(join(slot, 'body'), 0)],
  ['half a new state', (slot) => writeFileSync(join(slot, 'state.json.new'), '{"sou')],
]

for (const [what, damage] of LEFTOVERS) {
  test(`${what} does not stop the next download`, async (t) => {
    const { server, dir, get } = await bed(t, brokenAfter(BYTES, HALF, V1), fileHandler(BYTES, V1))
    await assert.rejects(get([]))
    damage(slotOf(dir, server.url(URL_PATH)))
    isWhole(await get([]), BYTES)
  })
}

test('a kept file that has lost bytes is downloaded anew', async (t) => {
  const { server, dir, get } = await bed(t, fileHandler(BYTES, { ...V1, 'cache-control': 'max-age=1000' }))
  const file = await get()
  file.keep()
  assert.ok(existsSync(file.path))
  truncateSync(join(slotOf(dir, server.url(URL_PATH)), 'body'), HALF)
  isWhole(await get(), BYTES)
})
