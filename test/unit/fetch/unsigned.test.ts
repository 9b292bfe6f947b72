import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, watch } from 'node:fs'
import { describe, test, type TestContext } from 'node:test'
import type { Code } from '#schema/errors.js'
import { SECURE } from '../../../stage0/config/insecure-options.js'
import type { StoredImage } from '../../../stage0/store/store.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { fetchBed, type FetchBed } from '../../helpers/image-server.js'
import type { Handler } from '../../helpers/web-server.js'

const PATH = '/images/localhost/a.aci'
const ENTRIES = [{ name: 'rootfs/random', content: randomBytes(400_000) }]

interface Bed extends FetchBed {
  readonly fetch: () => Promise<StoredImage>
}

async function bed(t: TestContext): Promise<Bed> {
  const made = await fetchBed(t)
  const url = made.server.url(PATH).href
  return { ...made, fetch: () => made.fetcher({ insecure: { ...SECURE, image: true } }).fetch(url) }
}

/** Sends `first`, and then endless zeros. */
const endless =
  (first: Buffer): Handler =>
  (_, response) => {
    response.writeHead(200, { etag: '"endless"' }).write(first)
    const more = (): void => {
      while (response.write(Buffer.alloc(65536)));
    }
    response.on('drain', more)
    more()
  }

describe('images that need no signature', { skip: needsRoot }, () => {
  test('one is read while it comes', async (t) => {
    const { publish, server, store, fetch, told } = await bed(t)
    const bytes = await publish({ name: 'localhost/a', entries: ENTRIES })
    using watching = Object.assign(watch(store.dir.tmp), {
      [Symbol.dispose]: () => {
        watching.close()
      },
    })
    server.route(PATH, (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000))
      // sends the rest only when the store's working directory has a part of it
      void once(watching, 'change').then(() => response.end(bytes.subarray(1000)))
    })
    assert.equal((await fetch()).manifest.name, 'localhost/a')
    const { href } = server.url(PATH)
    assert.deepEqual(told.toSorted(), [`done ${href}`, `done ${href}`, `download ${href}`, `read ${href}`])
    assert.deepEqual([readdirSync(store.dir.tmp), readdirSync(store.dir.downloads)], [[], []])
  })

  for (const [what, first, code, message] of [
    ['of no archive', Buffer.from('no image, but a very long text'), 'ARCHIVE_INVALID', /^https:.*a\.aci: archive: /],
    [
      'of a page',
      Buffer.from('<html>no image, but a very long page'),
      'ARCHIVE_INVALID',
      /^https:.*a\.aci: is an HTML page, not an image$/,
    ],
    [
      'of an archive with something behind it',
      undefined,
      'ARCHIVE_INVALID',
      /^https:.*a\.aci: archive: the gzip stream/,
    ],
  ] as const satisfies readonly (readonly [string, Buffer | undefined, Code, RegExp])[]) {
    test(`a download without end, ${what}, is ended as soon as that shows`, async (t) => {
      const { publish, server, store, fetch } = await bed(t)
      const bytes = await publish({ name: 'localhost/a', entries: ENTRIES })
      server.route(PATH, endless(first ?? bytes))
      await assert.rejects(fetch(), { code, message })
      const { dir } = store
      assert.deepEqual(
        [dir.tmp, dir.downloads, dir.cas].map((path) => readdirSync(path)),
        [[], [], []],
      )
    })
  }
})
