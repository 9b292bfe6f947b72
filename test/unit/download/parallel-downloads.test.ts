import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { DataDir } from '../../../stage0/data-dir.js'
import { collectDownloads } from '../../../stage0/store/collect-downloads.js'
import { download, type CachedFile } from '../../../stage0/download/download.js'
import type { HttpClient } from '../../../stage0/http/client.js'
import { content, emptyDataDir, fileOf, inTurn, readAll, slotOf } from '../../helpers/downloads.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import { fileHandler, type Handler, type WebServer } from '../../helpers/web-server.js'

const BYTES = content(3_000_000)
const DIGEST = createHash('sha256').update(BYTES).digest('hex')
const MAX = 10_000_000
const V1 = { etag: '"v1"' }
const CHILD = fileURLToPath(new URL('../../helpers/download-child.ts', import.meta.url))

async function bed(t: TestContext): Promise<{ server: WebServer; client: HttpClient; dir: DataDir; url: URL }> {
  setProxies(t)
  const server = await serverFor(t)
  return { server, client: clientFor(t), dir: emptyDataDir(t), url: server.url('/a') }
}

interface Child {
  readonly process: ChildProcess
  /** Resolves with the first matching line of stdout; rejects if the process ends without one. */
  readonly line: (pattern: RegExp) => Promise<string>
}

function child(dir: DataDir, url: URL): Child {
  const process_ = spawn(process.execPath, [CHILD, dir.root, url.href], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  let wake = (): void => undefined
  const reader = createInterface({ input: process_.stdout })
  let over = false
  reader.on('line', (line) => {
    lines.push(line)
    wake()
  })
  reader.on('close', () => {
    over = true
    wake()
  })
  const line = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = lines.find((each) => pattern.test(each))
      if (found !== undefined) return found
      if (over) throw new Error(`the process said only: ${lines.slice(-3).join(', ')}`)
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return { process: process_, line }
}

/** Sends only the first half. */
const stalling: Handler = (_request, response) => {
  response.writeHead(200, { 'content-length': BYTES.length, ...V1 })
  response.write(BYTES.subarray(0, BYTES.length / 2))
}

test('kill -9 in the middle of a download: the next one goes on where that was', async (t) => {
  const { server, client, dir, url } = await bed(t)
  server.route('/a', inTurn(stalling, fileHandler(BYTES, V1)))
  const { process, line } = child(dir, url)
  await line(new RegExp(`^bytes ${BYTES.length / 2}$`))
  process.kill('SIGKILL')
  const file = fileOf(await download(dir, client, { url, maxBytes: MAX }))
  assert.ok(readAll(file).equals(BYTES))
  assert.equal(server.requests[1]?.headers.range, `bytes=${BYTES.length / 2}-`)
  file.remove()
})

test('kill -9 of the one who downloads wakes the one who waits, who goes on', async (t) => {
  const { server, client, dir, url } = await bed(t)
  server.route('/a', inTurn(stalling, fileHandler(BYTES, V1)))
  const { process, line } = child(dir, url)
  await line(new RegExp(`^bytes ${BYTES.length / 2}$`))
  const waiting = download(dir, client, { url, maxBytes: MAX })
  process.kill('SIGKILL')
  const file = fileOf(await waiting)
  assert.ok(readAll(file).equals(BYTES))
  assert.equal(server.requests.length, 2)
  file.remove()
})

test('several processes that want one file at once download it once', async (t) => {
  const { server, dir, url } = await bed(t)
  server.route('/a', fileHandler(BYTES, { 'cache-control': 'max-age=1000' }))
  const all = await Promise.all(Array.from({ length: 4 }, () => child(dir, url).line(/^(file|unchanged|deferred)/)))
  assert.deepEqual(new Set(all), new Set([`file ${DIGEST}`]))
  assert.equal(server.requests.length, 1)
})

test('who had to wait takes the file that was kept, without asking the server', async (t) => {
  const { server, client, dir, url } = await bed(t)
  server.route('/a', (_request, response) => void response.end(BYTES))
  const first = download(dir, client, { url, maxBytes: MAX })
  // it finds the lock held before it returns its promise
  const second = download(dir, client, { url, maxBytes: MAX })
  fileOf(await first).keep()
  const file = fileOf(await second)
  assert.ok(readAll(file).equals(BYTES))
  assert.equal(server.requests.length, 1)
  file.remove()
})

test('what another process kept before is not taken without asking', async (t) => {
  const { server, client, dir, url } = await bed(t)
  server.route('/a', (_request, response) => void response.end(BYTES))
  fileOf(await download(dir, client, { url, maxBytes: MAX })).keep()
  fileOf(await download(dir, client, { url, maxBytes: MAX })).remove()
  assert.equal(server.requests.length, 2)
})

test('who had to wait learns that the file is in the store by now', async (t) => {
  const { server, client, dir, url } = await bed(t)
  server.route('/a', (_request, response) => void response.end(BYTES))
  const stored: { known?: CachedFile } = {}
  const known = (): CachedFile | undefined => stored.known
  const checkedAt = Date.now()
  const first = fileOf(await download(dir, client, { url, maxBytes: MAX, cached: known }))
  const second = download(dir, client, { url, maxBytes: MAX, cached: known })
  stored.known = { checkedAt }
  first.remove()
  assert.equal((await second).kind, 'unchanged')
  assert.equal(server.requests.length, 1)
  assert.deepEqual(readdirSync(dir.downloads), [])
})

test('who had to wait for one that failed to bring a newer file asks the server', async (t) => {
  const { server, client, dir, url } = await bed(t)
  const busy: Handler = (_request, response) => void response.writeHead(404).end()
  server.route('/a', inTurn(busy, fileHandler(BYTES, V1)))
  const known = (): CachedFile => ({ etag: '"v1"', checkedAt: 1 })
  const [first, second] = await Promise.allSettled([
    download(dir, client, { url, maxBytes: MAX, cached: known }),
    download(dir, client, { url, maxBytes: MAX, cached: known }),
  ])
  assert.equal(first.status, 'rejected')
  assert.ok(second.status === 'fulfilled' && second.value.kind === 'unchanged')
  assert.equal(server.requests.length, 2)
})

test('who had to wait for one that failed tries for itself', async (t) => {
  const { server, client, dir, url } = await bed(t)
  const refused: Handler = (_request, response) => void response.writeHead(404).end()
  server.route('/a', inTurn(refused, fileHandler(BYTES)))
  const [first, second] = await Promise.allSettled([
    download(dir, client, { url, maxBytes: MAX }),
    download(dir, client, { url, maxBytes: MAX }),
  ])
  assert.equal(first.status, 'rejected')
  assert.ok(second.status === 'fulfilled')
  fileOf(second.value).remove()
})

test('different files are downloaded at the same time', async (t) => {
  const { server, client, dir } = await bed(t)
  const arrived: (() => void)[] = []
  // the server responds only when both requests have arrived
  const together: Handler = (_request, response) => {
    arrived.push(() => void response.end(BYTES))
    if (arrived.length === 2) for (const answer of arrived) answer()
  }
  for (const path of ['/a', '/b']) server.route(path, together)
  const files = await Promise.all(
    ['/a', '/b'].map(async (path) => fileOf(await download(dir, client, { url: server.url(path), maxBytes: MAX }))),
  )
  for (const file of files) {
    assert.ok(readAll(file).equals(BYTES))
    file.remove()
  }
})

test('old downloads are collected, young ones and those in work are not', async (t) => {
  const { server, client, dir } = await bed(t)
  for (const path of ['/old', '/young', '/held']) server.route(path, BYTES)
  const get = async (path: string): ReturnType<typeof download> =>
    await download(dir, client, { url: server.url(path), maxBytes: MAX })
  const held = fileOf(await get('/held'))
  for (const path of ['/old', '/young']) fileOf(await get(path)).keep()
  const long = new Date('2026-01-01')
  for (const path of ['/old', '/held']) {
    const slot = slotOf(dir, server.url(path))
    for (const name of [...readdirSync(slot), '.']) utimesSync(join(slot, name), long, long)
  }
  mkdirSync(join(dir.downloads, 'empty'))
  const removed = collectDownloads(dir, (time) => time < new Date('2026-01-02').getTime())
  assert.deepEqual(removed, [slotOf(dir, server.url('/old'))])
  assert.ok(readAll(held).equals(BYTES))
  held.keep()
  assert.equal(collectDownloads(dir, () => true).length, 3)
  assert.deepEqual(readdirSync(dir.downloads), [])
})
