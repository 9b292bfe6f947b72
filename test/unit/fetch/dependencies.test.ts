import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { RuntimeError, type Code } from '#schema/errors.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { aci } from '../../helpers/aci.js'
import { fetchBed, type FetchBed } from '../../helpers/image-server.js'
import { anImageID, type JsonObject } from '../../helpers/manifests.js'
import { SECURE } from '../../../stage0/config/insecure-options.js'
import { parseReference } from '../../../stage0/image/reference.js'

const idOf = (bytes: Buffer): string => `sha512-${createHash('sha512').update(gunzipSync(bytes)).digest('hex')}`

const needing = (...dependencies: JsonObject[]): JsonObject => ({ dependencies })
const on = (name: string, more: JsonObject = {}): JsonObject => ({ imageName: `example.com/${name}`, ...more })

const names = (bed: FetchBed): string[] =>
  bed.store
    .list()
    .flatMap((entry) => ('manifest' in entry ? [entry.manifest.name.slice('example.com/'.length)] : []))
    .sort()

async function refused(fetching: Promise<unknown>, code: Code, message: RegExp): Promise<void> {
  await assert.rejects(fetching, (error) => {
    assert.ok(error instanceof RuntimeError, String(error))
    assert.match(error.message, message)
    assert.equal(error.code, code)
    return true
  })
}

describe('dependencies', { skip: needsRoot }, () => {
  test('SPEC M14: a diamond is fetched whole, each image once', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    const bytes = await bed.publish({ name: 'example.com/d' })
    await bed.publish({
      name: 'example.com/b',
      manifest: needing(on('d', { imageID: idOf(bytes), size: bytes.length })),
    })
    await bed.publish({ name: 'example.com/c', manifest: needing(on('d')) })
    await bed.publish({ name: 'example.com/a', manifest: needing(on('b'), on('c')) })
    await bed.fetcher().fetch('example.com/a')
    assert.deepEqual(names(bed), ['a', 'b', 'c', 'd'])
    for (const name of 'abcd') assert.equal(bed.server.requestsTo(`/images/example.com/${name}.aci`).length, 1, name)
  })

  test('a dependency without os and arch is found, in the store, too', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    await bed.publish({ name: 'example.com/base' })
    await bed.fetcher().fetch('example.com/base')
    await bed.publish({ name: 'example.com/a', manifest: needing(on('base')) })
    const asked = bed.server.requestsTo('/images/example.com/base.aci').length
    await bed.fetcher().fetch('example.com/a')
    assert.equal(bed.server.requestsTo('/images/example.com/base.aci').length, asked)
  })

  test('under update, nobody is asked for what a file depends on and the store has', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    await bed.publish({ name: 'example.com/base' })
    const path = join(temporaryDirectory(t), 'a.aci')
    writeFileSync(path, aci([], { name: 'example.com/a', ...needing(on('base')) }))
    await bed.fetcher({ pullPolicy: 'update' }).fetch(path)
    const asked = bed.server.requests.length
    assert.ok(asked > 0)
    await bed.fetcher({ pullPolicy: 'update' }).fetch(path)
    assert.equal(bed.server.requests.length, asked)
    await bed.fetcher({ pullPolicy: 'update' }).fetch('example.com/base')
    assert.ok(bed.server.requests.length > asked)
  })

  test('under never, one that the store lacks', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    await bed.publish({ name: 'example.com/base' })
    await bed.publish({ name: 'example.com/a', manifest: needing(on('base')) })
    const first = bed.fetcher()
    const { id } = await first.fetch('example.com/a')
    const base = bed.store.find(parseReference('example.com/base'))
    assert.throws(() => bed.store.remove(base.id, () => []), { code: 'IMAGE_IN_USE' })
    first[Symbol.dispose]()
    bed.store.remove(base.id, () => [])
    await refused(
      bed.fetcher({ pullPolicy: 'never' }).fetch(id),
      'IMAGE_NOT_FOUND',
      /^example\.com\/a: depends on example\.com\/base: example\.com\/base: no such image in the store$/,
    )
    await bed.fetcher().fetch(id)
    assert.deepEqual(names(bed), ['a', 'base'])
  })

  describe('hostile', () => {
    test('a dependency with another ID than the manifest says', async (t) => {
      const bed = await fetchBed(t, 'example.com')
      bed.trust('example.com')
      await bed.publish({ name: 'example.com/base' })
      await bed.publish({ name: 'example.com/a', manifest: needing(on('base', { imageID: anImageID('b') })) })
      await refused(
        bed.fetcher().fetch('example.com/a'),
        'IMAGE_MISMATCH',
        /^example\.com\/a: depends on example\.com\/base: .*has the ID sha512-[0-9a-f]{12}, but sha512-bbbbbbbbbbbb was asked for$/,
      )
      assert.deepEqual(names(bed), ['a'])
    })

    test('a dependency with other labels', async (t) => {
      const bed = await fetchBed(t, 'example.com')
      bed.trust('example.com')
      await bed.publish({ name: 'example.com/base', manifest: { labels: [{ name: 'env', value: 'test' }] } })
      await bed.publish({
        name: 'example.com/a',
        manifest: needing(on('base', { labels: [{ name: 'env', value: 'live' }] })),
      })
      await refused(
        bed.fetcher().fetch('example.com/a'),
        'IMAGE_MISMATCH',
        /base has env test, but live was asked for$/,
      )
      assert.deepEqual(names(bed), ['a'])
    })

    test('SPEC M14: reading stops past the size, and a smaller file will not do', async (t) => {
      const bed = await fetchBed(t, 'example.com')
      bed.trust('example.com')
      const bytes = await bed.publish({ name: 'example.com/base' })
      let sent = 0
      bed.server.route('/images/example.com/base.aci', (_, response) => {
        response.writeHead(200)
        const more = (): void => {
          while (response.write(Buffer.alloc(65536))) sent += 65536
        }
        response.on('drain', more)
        more()
      })
      await bed.publish({ name: 'example.com/a', manifest: needing(on('base', { size: bytes.length })) })
      await refused(
        bed.fetcher().fetch('example.com/a'),
        'DOWNLOAD_LIMIT',
        /^example\.com\/a: depends on example\.com\/base: /,
      )
      assert.ok(sent < 2 ** 26, `${sent} bytes sent`)
      await bed.publish({ name: 'example.com/base' })
      await bed.publish({ name: 'example.com/b', manifest: needing(on('base', { size: bytes.length + 1 })) })
      await refused(
        bed.fetcher().fetch('example.com/b'),
        'IMAGE_MISMATCH',
        /base\.aci: has \d+ bytes, but \d+ were asked for$/,
      )
      assert.deepEqual(names(bed), ['a', 'b'])
    })

    test('SPEC E5: a cycle over the network is named', async (t) => {
      const bed = await fetchBed(t, 'example.com')
      bed.trust('example.com')
      await bed.publish({ name: 'example.com/a', manifest: needing(on('b')) })
      await bed.publish({ name: 'example.com/b', manifest: needing(on('c')) })
      await bed.publish({ name: 'example.com/c', manifest: needing(on('a')) })
      await refused(
        bed.fetcher().fetch('example.com/a'),
        'DEPENDENCY_CYCLE',
        /^example\.com\/a: depends on itself: example\.com\/a → example\.com\/b → example\.com\/c → example\.com\/a$/,
      )
    })

    test('an endless chain of dependencies comes to an end', async (t) => {
      const bed = await fetchBed(t, 'example.com')
      let made = 0
      const page = `<meta name="ac-discovery" content="example.com ${bed.server.url('/made', 'example.com').href}?{version}.{ext}">`
      bed.server.route('/', page)
      bed.server.route('/made', (request, response) => {
        const number = Number(/\?(\d+)/.exec(request.url ?? '')?.[1])
        made++
        const label = (value: number): JsonObject[] => [{ name: 'version', value: String(value) }]
        const manifest = {
          name: 'example.com/a',
          labels: label(number),
          ...needing(on('a', { labels: label(number + 1) })),
        }
        response.end(aci([], manifest))
      })
      const insecure = { ...SECURE, image: true }
      await refused(
        bed.fetcher({ insecure }).fetch('example.com/a:0'),
        'DOWNLOAD_LIMIT',
        /^example\.com\/a:0: its dependencies are more than 64 deep$/,
      )
      assert.equal(made, 65)
    })

    test('a dependency on a thousand images', async (t) => {
      const bed = await fetchBed(t, 'example.com')
      bed.trust('example.com')
      const many = Array.from({ length: 1000 }, (_, number) => on(`x${number}`))
      await bed.publish({ name: 'example.com/a', manifest: needing(...many) })
      await refused(
        bed.fetcher().fetch('example.com/a'),
        'DOWNLOAD_LIMIT',
        /^example\.com\/a: it depends on more than 512 images$/,
      )
      assert.equal(bed.server.requests.filter(({ url }) => url.includes('/x')).length, 0)
    })
  })
})
