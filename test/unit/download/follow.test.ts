import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { native } from '#native'
import { type Code, RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../../../stage0/data-dir.js'
import { type Body, download, type DownloadedFile } from '../../../stage0/download/download.js'
import { brokenAfter, content, emptyDataDir, inTurn } from '../../helpers/downloads.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import { fileHandler, type Handler, type WebServer } from '../../helpers/web-server.js'

const BYTES = content(400_000)
const HALF = 200_000
const NEW = content(390_000, 'new')
const V1 = { etag: '"v1"' }
const URL_PATH = '/a.aci'

type Follow = (body: Body) => Promise<string>

interface Bed {
  readonly server: WebServer
  readonly dir: DataDir
  readonly get: (follow: Follow, exactBytes?: number) => Promise<DownloadedFile<string>>
}

async function bed(t: TestContext, ...handlers: readonly Handler[]): Promise<Bed> {
  setProxies(t)
  const server = await serverFor(t)
  const dir = emptyDataDir(t)
  server.route(URL_PATH, inTurn(...handlers))
  const get = async (follow: Follow, exactBytes?: number): Promise<DownloadedFile<string>> => {
    const client = clientFor(t, { retryDelays: [0, 0] })
    const url = server.url(URL_PATH)
    const request = { url, maxBytes: 1_000_000_000, follow, ...(exactBytes !== undefined && { exactBytes }) }
    const got = await download(dir, client, request)
    return got.kind === 'file' ? got : assert.fail(got.kind)
  }
  return { server, dir, get }
}

const NOTHING = Buffer.alloc(0)

const sha512 = (bytes: Buffer): string => createHash('sha512').update(bytes).digest('hex')

/** Reads the whole file during the download. */
const digest: Follow = async ({ fd, growth }) =>
  (await native.fileDigest(`/proc/self/fd/${fd}`, 'sha512', NOTHING, NOTHING, growth)).toString('hex')

async function isFollowed(file: DownloadedFile<string>, bytes: Buffer): Promise<void> {
  assert.equal(await file.followed, sha512(bytes))
  file.remove()
}

/** Announces an endless file. */
const endless: Handler = (_, response) => {
  response.writeHead(200, { etag: '"endless"' })
  const more = (): void => {
    while (response.write(Buffer.alloc(65536)));
  }
  response.on('drain', more)
  more()
}

test('a file is read while it comes', async (t) => {
  const begun = Promise.withResolvers<undefined>()
  const { get } = await bed(t, (_, response) => {
    response.writeHead(200, { 'content-length': BYTES.length })
    response.write(BYTES.subarray(0, HALF))
    // the server sends the rest only when the follower has read something
    void begun.promise.then(() => response.end(BYTES.subarray(HALF)))
  })
  const file = await get((body) => {
    begun.resolve(undefined)
    return digest(body)
  })
  await isFollowed(file, BYTES)
})

test('who follows a download that is broken off and goes on notices nothing', async (t) => {
  const { server, get } = await bed(t, brokenAfter(BYTES, HALF, V1), fileHandler(BYTES, V1))
  let calls = 0
  const file = await get((body) => {
    calls += 1
    return digest(body)
  })
  await isFollowed(file, BYTES)
  assert.deepEqual([calls, server.requests.length], [1, 2])
})

test('a file that begins anew is followed anew, and never as a mixture', async (t) => {
  const { get } = await bed(t, brokenAfter(BYTES, HALF, V1), fileHandler(NEW, { etag: '"v2"' }))
  const outcomes: Promise<string>[] = []
  const file = await get((body) => {
    outcomes.push(digest(body))
    return outcomes.at(-1) ?? assert.fail()
  })
  await isFollowed(file, NEW)
  assert.equal(outcomes.length, 2)
  await assert.rejects(outcomes[0] ?? assert.fail(), { code: 'ECANCELED' })
})

test('a file that is at hand is followed, too', async (t) => {
  const { server, get } = await bed(t, fileHandler(BYTES, { ...V1, 'cache-control': 'max-age=1000' }))
  const first = await get(digest)
  await first.followed
  first.keep()
  await isFollowed(await get(digest), BYTES)
  assert.equal(server.requests.length, 1)
})

test('a short file is followed, and an empty one', async (t) => {
  for (const bytes of [Buffer.from('short'), NOTHING]) {
    const { get } = await bed(t, fileHandler(bytes))
    await isFollowed(await get(digest), bytes)
  }
})

for (const [code, slots] of [
  ['ARCHIVE_INVALID', 0],
  ['FILE_UNREADABLE', 1],
] as const satisfies readonly (readonly [Code, number])[]) {
  test(`who follows ends a download without end: ${code}, of which ${slots ? 'the bytes stay' : 'nothing stays'}`, async (t) => {
    const { dir, get } = await bed(t, endless)
    const following = get(() => Promise.reject(new RuntimeError(code, 'enough')))
    await assert.rejects(following, { code, message: 'enough' })
    assert.equal(readdirSync(dir.downloads).length, slots)
  })
}

test('a download fails only when nobody is at work on it any more', async (t) => {
  const { get } = await bed(t, brokenAfter(BYTES, HALF, {}))
  let ended = false
  const following = get(async (body) => {
    try {
      return await digest(body)
    } finally {
      ended = true
    }
  })
  await assert.rejects(following, { code: 'DOWNLOAD_FAILED' })
  assert.ok(ended)
})

test('a file of another size than was asked for will not do, whatever follows it says', async (t) => {
  const { dir, get } = await bed(t, fileHandler(BYTES, V1))
  await assert.rejects(get(digest, BYTES.length + 1), {
    code: 'IMAGE_MISMATCH',
    message: /a\.aci: has 400000 bytes, but 400001 were asked for$/,
  })
  assert.deepEqual(readdirSync(dir.downloads), [])
})
