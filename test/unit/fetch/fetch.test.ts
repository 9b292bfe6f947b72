import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { RuntimeError, type Code } from '#schema/errors.js'
import { SECURE } from '../../../stage0/config/insecure-options.js'
import type { Store } from '../../../stage0/store/store.js'
import { aci } from '../../helpers/aci.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { fetchBed, Maker, requireSignatures, type FetchBed } from '../../helpers/image-server.js'
import { WebServer } from '../../helpers/web-server.js'

const idOf = (bytes: Buffer): string => `sha512-${createHash('sha512').update(gunzipSync(bytes)).digest('hex')}`

/** Asserts that the image is refused, and that nothing of it is in the store. */
async function refused(bed: FetchBed, fetching: Promise<unknown>, code: Code, message: RegExp): Promise<void> {
  const before = bed.store.list().length
  await assert.rejects(fetching, (error) => {
    assert.ok(error instanceof RuntimeError, String(error))
    assert.match(error.message, message)
    assert.equal(error.code, code)
    return true
  })
  assert.equal(bed.store.list().length, before)
  assert.deepEqual(readdirSync(bed.store.dir.tmp), [])
}

const hosts = (bed: FetchBed): string[] => bed.server.requests.map(({ url }) => url.replace(/\?.*/, ''))

describe('images by name', { skip: needsRoot }, () => {
  test('SPEC D1: discovery, signature, image, in this order; then the store has it and nobody is asked again', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    const bytes = await bed.publish({ name: 'localhost/a', manifest: { labels: [{ name: 'version', value: '1' }] } })
    const image = await bed.fetcher().fetch('localhost/a')
    assert.equal(image.id, idOf(bytes))
    assert.equal(image.source, bed.server.url('/images/localhost/a.aci').href)
    const asked = hosts(bed)
    assert.deepEqual(asked.slice(-2), ['/images/localhost/a.aci.asc', '/images/localhost/a.aci'])
    assert.deepEqual(bed.told, ['download localhost/a', 'done localhost/a', 'read localhost/a', 'done localhost/a'])
    assert.equal((await bed.fetcher().fetch('localhost/a:1')).id, image.id)
    assert.equal(bed.server.requests.length, asked.length)
    assert.deepEqual(
      readdirSync(bed.store.dir.downloads, { recursive: true }).filter((name) => /body/.test(String(name))),
      [],
    )
  })

  test('SPEC D3, D7: the defaults fill templates, but the image need not have these labels', async (t) => {
    const bed = await fetchBed(t)
    bed.server.route(
      '/',
      `<meta name="ac-discovery" content="localhost ${bed.server.url('/x').href}/{version}/{os}/{arch}.{ext}">`,
    )
    const bytes = aci([], { name: 'localhost/a', labels: [{ name: 'version', value: '7' }] })
    const arch = process.arch === 'arm64' ? 'aarch64' : 'amd64'
    bed.server.route(`/x/latest/linux/${arch}.aci`, bytes)
    const image = await bed.fetcher({ insecure: { ...SECURE, image: true } }).fetch('localhost/a')
    assert.equal(image.id, idOf(bytes))
  })

  test('SPEC D6: places are tried in order until one works, and what failed is said', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    const bytes = await bed.publish({ name: 'localhost/a' })
    const tags = ['/nothing', '/images'].map(
      (path) => `<meta name="ac-discovery" content="localhost ${bed.server.url(path).href}/{name}.{ext}">`,
    )
    bed.server.route('/', tags.join())
    assert.equal((await bed.fetcher().fetch('localhost/a')).id, idOf(bytes))
    assert.match(
      bed.warnings.join(),
      /\/nothing\/localhost\/a.aci.asc: the server has no such signature \(status 404\)/,
    )
  })

  test('SPEC D7: an image of another name, or with other labels, is refused', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/a', manifest: { name: 'localhost/b' } })
    const place = /^https:\/\/localhost:\d+\/images\/localhost\/a.aci: /
    await refused(
      bed,
      bed.fetcher().fetch('localhost/a'),
      'IMAGE_MISMATCH',
      new RegExp(`${place.source}is localhost/b, but localhost/a was asked for$`),
    )
    await bed.publish({ name: 'localhost/a', manifest: { labels: [{ name: 'version', value: '2' }] } })
    await refused(
      bed,
      bed.fetcher().fetch('localhost/a:1'),
      'IMAGE_MISMATCH',
      /localhost\/a has version 2, but 1 was asked for$/,
    )
    await refused(
      bed,
      bed.fetcher().fetch('localhost/a,os=linux'),
      'IMAGE_MISMATCH',
      /localhost\/a has no os, but linux was asked for$/,
    )
  })

  test('a name without a domain is looked for in the store only', async (t) => {
    const bed = await fetchBed(t)
    await refused(
      bed,
      bed.fetcher({ pullPolicy: 'update' }).fetch('redis'),
      'IMAGE_NOT_FOUND',
      /^redis: no such image in the store$/,
    )
    assert.equal(bed.server.requests.length, 0)
  })

  test('an ID is looked for in the store only', async (t) => {
    const bed = await fetchBed(t)
    await refused(
      bed,
      bed.fetcher({ pullPolicy: 'update' }).fetch('sha512-1234'),
      'IMAGE_NOT_FOUND',
      /^sha512-1234: no such image/,
    )
    assert.equal(bed.server.requests.length, 0)
  })
})

describe('pull policies', { skip: needsRoot }, () => {
  test('never: what the store lacks is not found, by name and by URL, and nobody is asked', async (t) => {
    const bed = await fetchBed(t)
    const url = bed.server.url('/images/localhost/a.aci').href
    await refused(
      bed,
      bed.fetcher({ pullPolicy: 'never' }).fetch('localhost/a'),
      'IMAGE_NOT_FOUND',
      /^localhost\/a: no such image/,
    )
    await refused(
      bed,
      bed.fetcher({ pullPolicy: 'never' }).fetch(url),
      'IMAGE_NOT_FOUND',
      /nothing in the store came from there$/,
    )
    assert.equal(bed.server.requests.length, 0)
  })

  test('new and never: a URL whose image is in the store is not asked again', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/a' })
    const url = bed.server.url('/images/localhost/a.aci').href
    const { id } = await bed.fetcher().fetch(url)
    const asked = bed.server.requests.length
    for (const pullPolicy of ['new', 'never'] as const) {
      assert.equal((await bed.fetcher({ pullPolicy }).fetch(url)).id, id)
    }
    assert.equal(bed.server.requests.length, asked)
  })

  test('update: what has not changed is not downloaded again, what has is', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/a' })
    const { id } = await bed.fetcher().fetch('localhost/a')
    bed.told.length = 0
    assert.equal((await bed.fetcher({ pullPolicy: 'update' }).fetch('localhost/a')).id, id)
    assert.deepEqual(bed.told, ['download localhost/a', 'unchanged localhost/a'])
    const newer = await bed.publish({ name: 'localhost/a', manifest: { labels: [{ name: 'version', value: '2' }] } })
    assert.equal((await bed.fetcher({ pullPolicy: 'update' }).fetch('localhost/a')).id, idOf(newer))
    assert.equal(bed.store.list().length, 2)
  })

  test('update: within its max-age an image is not even asked for', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    const bytes = await bed.publish({ name: 'localhost/a' })
    bed.server.route('/images/localhost/a.aci', (_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=3600', 'content-length': bytes.length }).end(bytes)
    })
    const url = bed.server.url('/images/localhost/a.aci').href
    await bed.fetcher().fetch(url)
    const asked = bed.server.requests.length
    await bed.fetcher({ pullPolicy: 'update' }).fetch(url)
    assert.equal(bed.server.requests.length, asked)
  })

  test('an image that came without a signature does not do where one is asked for', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/a', signature: null })
    const url = bed.server.url('/images/localhost/a.aci').href
    const { id } = await bed.fetcher({ insecure: { ...SECURE, image: true } }).fetch(url)
    await refused(
      bed,
      bed.fetcher().fetch(url),
      'SIGNATURE_MISSING',
      /the server has no such signature \(status 404\)$/,
    )
    await bed.publish({ name: 'localhost/a' })
    assert.equal((await bed.fetcher().fetch(url)).id, id)
  })

  test('an image that another process removes before it is held is got again', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/a' })
    let removed = 0
    const store: Store = {
      ...bed.store,
      share: (id) => {
        if (removed++ < 3) bed.store.remove(id, () => [])
        return bed.store.share(id)
      },
    }
    const image = await bed.fetcher({ store }).fetch('localhost/a')
    assert.equal(bed.server.requestsTo('/images/localhost/a.aci').length, 4)
    assert.throws(() => bed.store.remove(image.id, () => []), { code: 'IMAGE_IN_USE' })
  })

  test('ten fetches of one image at once download it once', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/a' })
    const images = await Promise.all(Array.from({ length: 10 }, () => bed.fetcher().fetch('localhost/a')))
    assert.equal(new Set(images.map(({ id }) => id)).size, 1)
    assert.equal(bed.server.requestsTo('/images/localhost/a.aci').length, 1)
  })
})

describe('signatures', { skip: needsRoot }, () => {
  test('without one nothing is downloaded', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/a', signature: null })
    await refused(
      bed,
      bed.fetcher().fetch('localhost/a'),
      'SIGNATURE_MISSING',
      /a.aci.asc: the server has no such signature/,
    )
    assert.equal(bed.server.requestsTo('/images/localhost/a.aci').length, 0)
  })

  test('of a key nobody trusts, nothing is downloaded; the keys of discovery are trusted when that is said', async (t) => {
    const bed = await fetchBed(t)
    const bytes = await bed.publish({ name: 'localhost/a' })
    await refused(bed, bed.fetcher().fetch('localhost/a'), 'KEY_UNTRUSTED', /needs a terminal$/)
    assert.equal(bed.server.requestsTo('/images/localhost/a.aci').length, 0)
    const image = await bed.fetcher({ trustKeysFromHTTPS: true }).fetch('localhost/a')
    assert.equal(image.id, idOf(bytes))
    assert.deepEqual(readdirSync(join(bed.dirs.local, 'trustedkeys/prefix.d/localhost/a')), [bed.maker.fingerprint])
  })

  test('keys over http are taken where the insecure option pubkey is given, and then reviewed', async (t) => {
    const bed = await fetchBed(t)
    await bed.publish({ name: 'localhost/a' })
    await using plain = await WebServer.start()
    plain.route('/keys.asc', bed.maker.publicKey)
    const { href } = plain.url('/keys.asc')
    bed.server.route(
      '/',
      `<meta name="ac-discovery" content="localhost ${bed.server.url('/images/').href}{name}.{ext}">
       <meta name="ac-discovery-pubkeys" content="localhost ${href}">`,
    )
    await refused(bed, bed.fetcher().fetch('localhost/a'), 'KEY_UNTRUSTED', /, which is not trusted for localhost\/a$/)
    assert.deepEqual(plain.requests, [])
    const why = `key ${href}: http: protects nobody, it must be https:`
    assert.match(bed.warnings.join(), new RegExp(`^localhost/a: discovery found no keys: .*; ${why}$`))
    const fetcher = bed.fetcher({ insecure: { ...SECURE, pubkey: true }, trustKeysFromHTTPS: true })
    await refused(
      bed,
      fetcher.fetch('localhost/a'),
      'KEY_UNTRUSTED',
      /review of its fingerprint, which needs a terminal$/,
    )
    assert.equal(plain.requestsTo('/keys.asc').length, 1)
  })

  test('of a key that is trusted for other names only', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost/aa')
    await bed.publish({ name: 'localhost/a' })
    await refused(bed, bed.fetcher({ insecure: SECURE }).fetch('localhost/a'), 'KEY_UNTRUSTED', /./)
    const url = bed.server.url('/images/localhost/a.aci').href
    // by its URL the name is known only when the image has been read
    await refused(bed, bed.fetcher().fetch(url), 'KEY_UNTRUSTED', /localhost\/a/)
  })

  test('an image swapped between its signature and its download', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    const bytes = await bed.publish({ name: 'localhost/a' })
    bed.server.route('/images/localhost/a.aci', aci([{ name: 'rootfs/evil' }], { name: 'localhost/a' }))
    await refused(bed, bed.fetcher().fetch('localhost/a'), 'SIGNATURE_INVALID', /a\.aci/)
    bed.server.route('/images/localhost/a.aci', bytes)
    assert.equal((await bed.fetcher().fetch('localhost/a')).id, idOf(bytes))
  })

  test('no parser sees a file whose signature is not good', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({
      name: 'localhost/a',
      bytes: Buffer.from('no archive'),
      signature: await bed.maker.sign(Buffer.from('other')),
    })
    await refused(bed, bed.fetcher().fetch('localhost/a'), 'SIGNATURE_INVALID', /./)
    await bed.publish({ name: 'localhost/a', bytes: Buffer.from('no archive') })
    await refused(bed, bed.fetcher().fetch('localhost/a'), 'ARCHIVE_INVALID', /./)
  })

  test('deferred (202): asked for again when the image is there', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    const bytes = await bed.publish({ name: 'localhost/a' })
    const signature = await bed.maker.sign(bytes)
    const asc = '/images/localhost/a.aci.asc'
    bed.server.route(asc, (_, response) => {
      const ready = bed.server.requestsTo('/images/localhost/a.aci').length > 0
      response.writeHead(ready ? 200 : 202).end(ready ? signature : '')
    })
    assert.equal((await bed.fetcher().fetch('localhost/a')).id, idOf(bytes))
    assert.equal(bed.server.requestsTo(asc).length, 2)
  })

  test('deferred for ever', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    await bed.publish({ name: 'localhost/a' })
    bed.server.route('/images/localhost/a.aci.asc', (_, response) => void response.writeHead(202).end())
    await refused(
      bed,
      bed.fetcher().fetch('localhost/a'),
      'SIGNATURE_MISSING',
      /the server still has no signature \(status 202\)$/,
    )
  })
})

describe('files', { skip: needsRoot }, () => {
  test('one is trusted because it was named; a signature beside it must be good', async (t) => {
    const bed = await fetchBed(t)
    const file = join(temporaryDirectory(t), 'a.aci')
    const bytes = aci([], { name: 'localhost/a' })
    writeFileSync(file, bytes)
    assert.equal((await bed.fetcher().fetch(file)).id, idOf(bytes))
    assert.equal((await bed.fetcher().fetch(`file://${file}`)).id, idOf(bytes))
    writeFileSync(`${file}.asc`, await bed.maker.sign(bytes))
    await refused(bed, bed.fetcher().fetch(file), 'KEY_UNTRUSTED', /a\.aci/)
    bed.trust('localhost/b')
    await refused(bed, bed.fetcher().fetch(file), 'KEY_UNTRUSTED', /localhost\/a/)
    bed.trust('localhost/a')
    assert.equal((await bed.fetcher().fetch(file)).id, idOf(bytes))
    writeFileSync(`${file}.asc`, await bed.maker.sign(Buffer.from('other')))
    await refused(bed, bed.fetcher().fetch(file), 'SIGNATURE_INVALID', /a\.aci/)
    assert.equal((await bed.fetcher({ insecure: { ...SECURE, image: true } }).fetch(file)).id, idOf(bytes))
    const elsewhere = join(temporaryDirectory(t), 'signature')
    writeFileSync(elsewhere, await bed.maker.sign(bytes))
    assert.equal((await bed.fetcher().fetch(file, { signature: elsewhere })).id, idOf(bytes))
  })

  test('one that is rewritten once its signature was found good is not taken for what was signed', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost')
    const file = join(temporaryDirectory(t), 'a.aci')
    const bytes = aci([], { name: 'localhost/a' })
    writeFileSync(file, bytes)
    writeFileSync(`${file}.asc`, await bed.maker.sign(bytes))
    let verified = 0
    const log = (message: string): void => {
      if (message !== 'good signature') return
      verified++
      writeFileSync(file, aci([], { name: 'localhost/a', labels: [{ name: 'version', value: 'evil' }] }))
    }
    assert.equal((await bed.fetcher({ log }).fetch(file)).id, idOf(bytes))
    assert.equal(verified, 1)
    assert.equal(bed.store.list().length, 1)
    assert.deepEqual(readdirSync(bed.store.dir.tmp), [])
  })

  test('requireSignature asks for one of every image', async (t) => {
    const bed = await fetchBed(t)
    const file = join(temporaryDirectory(t), 'a.aci')
    writeFileSync(file, aci([], { name: 'localhost/a' }))
    requireSignatures(bed)
    await refused(
      bed,
      bed.fetcher().fetch(file),
      'SIGNATURE_MISSING',
      /a\.aci: has no signature, which the configuration asks for/,
    )
  })

  test('what --signature is not for', async (t) => {
    const bed = await fetchBed(t)
    await refused(
      bed,
      bed.fetcher().fetch('localhost/a', { signature: 'x' }),
      'USAGE',
      /^localhost\/a: --signature is for images/,
    )
    const file = join(temporaryDirectory(t), 'a.aci')
    writeFileSync(file, aci([], { name: 'localhost/a' }))
    await refused(
      bed,
      bed.fetcher().fetch(file, { signature: '/nonexistent' }),
      'FILE_UNREADABLE',
      /^\/nonexistent: no such file/,
    )
  })

  test('another maker’s key for the same name', async (t) => {
    const bed = await fetchBed(t)
    bed.trust('localhost', await Maker.create('Mallory'))
    await bed.publish({ name: 'localhost/a' })
    await refused(bed, bed.fetcher().fetch('localhost/a'), 'KEY_UNTRUSTED', /./)
  })
})
