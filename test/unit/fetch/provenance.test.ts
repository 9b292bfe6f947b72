import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { RuntimeError, type Code } from '#schema/errors.js'
import { SECURE } from '../../../stage0/config/insecure-options.js'
import { resolve, imagesOf } from '../../../stage0/render/dependencies.js'
import { readProvenance } from '../../../stage0/store/provenance.js'
import type { StoredImage } from '../../../stage0/store/store.js'
import { aci } from '../../helpers/aci.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { fetchBed, Maker, requireSignatures, type FetchBed } from '../../helpers/image-server.js'
import type { JsonObject } from '../../helpers/manifests.js'

const INSECURE = { insecure: { ...SECURE, image: true } }
const NEVER = { pullPolicy: 'never' } as const

const refused = async (fetching: Promise<unknown>, code: Code, message: RegExp): Promise<void> =>
  await assert.rejects(fetching, (error) => {
    assert.ok(error instanceof RuntimeError, String(error))
    assert.match(error.message, message)
    assert.equal(error.code, code)
    assert.ok(error.hint !== undefined, 'a hint')
    return true
  })

/** Writes an image file, and its signature beside it if there is a signer. */
async function fileOf(t: TestContext, manifest: JsonObject, maker?: Maker): Promise<string> {
  const path = join(temporaryDirectory(t), 'image.aci')
  const bytes = aci([], manifest)
  writeFileSync(path, bytes)
  if (maker !== undefined) writeFileSync(`${path}.asc`, await maker.sign(bytes))
  return path
}

const distrust = (bed: FetchBed): void =>
  rmSync(join(bed.dirs.local, 'trustedkeys/prefix.d/example.com', bed.maker.fingerprint))

const signersOf = (image: StoredImage): string[] => readProvenance(image).signers.map(({ fingerprint }) => fingerprint)

describe('images named by root', { skip: needsRoot }, () => {
  test('an unsigned file runs by its name, until the configuration asks for signatures', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    const { id } = await bed.fetcher().fetch(await fileOf(t, { name: 'example.com/a' }))
    assert.equal((await bed.fetcher().fetch('example.com/a')).id, id)
    assert.equal(bed.server.requests.length, 0)
    requireSignatures(bed)
    const unsigned = /^example\.com\/a \(sha512-[0-9a-f]{12}\): in the store, but nobody signed it$/
    await refused(bed.fetcher(NEVER).fetch('example.com/a'), 'SIGNATURE_MISSING', unsigned)
    await refused(bed.fetcher().fetch(id), 'SIGNATURE_MISSING', unsigned)
    assert.equal((await bed.fetcher(INSECURE).fetch('example.com/a')).id, id)
    requireSignatures(bed, false)
    assert.equal((await bed.fetcher().fetch('example.com/a')).id, id)
  })

  test('a name without a domain is refused the same way', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    await bed.fetcher().fetch(await fileOf(t, { name: 'a' }))
    requireSignatures(bed)
    await refused(bed.fetcher().fetch('a'), 'SIGNATURE_MISSING', /^a \(.*: in the store, but nobody signed it$/)
  })

  test('a file taken again with its signature counts from then on', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    const first = await bed.fetcher().fetch(await fileOf(t, { name: 'example.com/a' }))
    requireSignatures(bed)
    const signed = await bed.fetcher().fetch(await fileOf(t, { name: 'example.com/a' }, bed.maker))
    assert.equal(signed.id, first.id)
    assert.equal((await bed.fetcher(NEVER).fetch('example.com/a')).id, first.id)
    assert.equal((await bed.fetcher(NEVER).fetch(first.id)).id, first.id)
  })

  test('an older signed image counts where the newest is unsigned', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    const labels = (value: string): JsonObject => ({ name: 'example.com/a', labels: [{ name: 'version', value }] })
    const one = await bed.fetcher().fetch(await fileOf(t, labels('1'), bed.maker))
    const two = await bed.fetcher().fetch(await fileOf(t, labels('2')))
    assert.equal((await bed.fetcher().fetch('example.com/a')).id, two.id)
    requireSignatures(bed)
    assert.equal((await bed.fetcher(NEVER).fetch('example.com/a')).id, one.id)
    await refused(bed.fetcher(NEVER).fetch('example.com/a:2'), 'SIGNATURE_MISSING', /^example\.com\/a:2 /)
  })

  test('an image of which nothing is recorded counts as unsigned', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    const image = await bed.fetcher().fetch(await fileOf(t, { name: 'example.com/a' }, bed.maker))
    for (const text of [null, '', '{}', '[]', '{"signers":[{"fingerprint":1}],"givenAt":1}']) {
      rmSync(join(image.directory, 'provenance.json'), { force: true })
      if (text !== null) writeFileSync(join(image.directory, 'provenance.json'), text)
      assert.deepEqual(signersOf(image), [])
      requireSignatures(bed)
      await refused(bed.fetcher(NEVER).fetch('example.com/a'), 'SIGNATURE_MISSING', /nobody signed it$/)
    }
  })
})

describe('images from servers', { skip: needsRoot }, () => {
  test('one whose key is trusted no more does not run by its name, nor by its URL', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    await bed.publish({ name: 'example.com/a' })
    const { id } = await bed.fetcher().fetch('example.com/a')
    const asked = bed.server.requests.length
    assert.equal((await bed.fetcher().fetch('example.com/a')).id, id)
    assert.equal(bed.server.requests.length, asked)
    distrust(bed)
    const gone =
      /^example\.com\/a \(sha512-\w+\): signed by key [0-9a-f]{40} \(Carly Container <.*>\), which is not trusted any more$/
    await refused(bed.fetcher(NEVER).fetch('example.com/a'), 'KEY_UNTRUSTED', gone)
    await refused(bed.fetcher().fetch('example.com/a'), 'KEY_UNTRUSTED', /needs a terminal$/)
    assert.match(bed.warnings.join(), /which is not trusted any more: it is fetched anew$/)
    const url = bed.server.url('/images/example.com/a.aci').href
    await refused(bed.fetcher(NEVER).fetch(url), 'IMAGE_NOT_FOUND', /nothing in the store came from there/)
    await refused(bed.fetcher().fetch(url), 'KEY_UNTRUSTED', /not trusted/)
    assert.equal((await bed.fetcher(NEVER).fetch(id)).id, id, 'by its ID')
    bed.trust('example.com/b')
    await refused(
      bed.fetcher(NEVER).fetch('example.com/a'),
      'KEY_UNTRUSTED',
      /is trusted for example\.com\/b, not for example\.com\/a$/,
    )
    bed.trust('example.com/a')
    assert.equal((await bed.fetcher(NEVER).fetch('example.com/a')).id, id)
  })

  test('signed anew by another key, it is fetched again and runs by its name', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    const bytes = await bed.publish({ name: 'example.com/a' })
    const { id } = await bed.fetcher().fetch('example.com/a')
    distrust(bed)
    const other = await Maker.create('Olga Other')
    bed.trust('example.com', other)
    await bed.publish({ name: 'example.com/a', bytes, signature: await other.sign(bytes) })
    const image = await bed.fetcher().fetch('example.com/a')
    assert.equal(image.id, id)
    assert.deepEqual(signersOf(image), [other.fingerprint, bed.maker.fingerprint])
    assert.equal((await bed.fetcher(NEVER).fetch('example.com/a')).id, id)
  })

  test('one that came by --insecure-options=image runs by its name only with that option, until root names its file', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    await bed.publish({ name: 'example.com/a', signature: null })
    const { id } = await bed.fetcher(INSECURE).fetch('example.com/a')
    await refused(
      bed.fetcher(NEVER).fetch('example.com/a'),
      'SIGNATURE_MISSING',
      /nobody signed it, it came by --insecure-options=image$/,
    )
    await refused(bed.fetcher().fetch('example.com/a'), 'SIGNATURE_MISSING', /the server has no such signature/)
    assert.equal((await bed.fetcher(INSECURE).fetch('example.com/a')).id, id)
    assert.equal((await bed.fetcher().fetch(await fileOf(t, { name: 'example.com/a' }))).id, id)
    assert.equal((await bed.fetcher().fetch('example.com/a')).id, id)
  })

  test('a key that expired or was revoked since is found by what its file says now', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    await bed.publish({ name: 'example.com/a' })
    const image = await bed.fetcher().fetch('example.com/a')
    const file = join(bed.dirs.local, 'trustedkeys/prefix.d/example.com', bed.maker.fingerprint)
    const before = readFileSync(file)
    writeFileSync(file, await bed.maker.revoked())
    await refused(bed.fetcher(NEVER).fetch('example.com/a'), 'KEY_INVALID', /signed by key .*, which was revoked/)
    // a copy of the key for other images also contains the revocation
    writeFileSync(file, before)
    bed.trust('elsewhere')
    writeFileSync(
      join(bed.dirs.local, 'trustedkeys/prefix.d/elsewhere', bed.maker.fingerprint),
      await bed.maker.revoked(),
    )
    await refused(bed.fetcher(NEVER).fetch('example.com/a'), 'KEY_INVALID', /which was revoked/)
    rmSync(join(bed.dirs.local, 'trustedkeys/prefix.d/elsewhere'), { recursive: true })
    assert.equal((await bed.fetcher(NEVER).fetch('example.com/a')).id, image.id)
    // the key's expiry in the record has passed, so the key itself is checked
    const path = join(image.directory, 'provenance.json')
    const [signer] = readProvenance(image).signers
    writeFileSync(path, JSON.stringify({ signers: [{ ...signer, keyEndsAt: Date.now() - 1 }] }))
    assert.equal((await bed.fetcher(NEVER).fetch('example.com/a')).id, image.id)
    writeFileSync(path, JSON.stringify({ signers: [{ ...signer, endsAt: Date.now() - 1 }] }))
    await refused(
      bed.fetcher(NEVER).fetch('example.com/a'),
      'SIGNATURE_INVALID',
      /the signature by key .* has expired$/,
    )
  })
})

describe('dependencies', { skip: needsRoot }, () => {
  const needing = { dependencies: [{ imageName: 'example.com/base' }] }

  test('an unsigned image of the store is not what a signed image depends on', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    const planted = await bed
      .fetcher()
      .fetch(await fileOf(t, { name: 'example.com/base', annotations: [{ name: 'evil', value: '1' }] }))
    await bed.publish({ name: 'example.com/a', manifest: needing })
    const bare = /^example\.com\/a: depends on example\.com\/base: .*: in the store, but nobody signed it$/
    await refused(bed.fetcher().fetch('example.com/a'), 'SIGNATURE_MISSING', bare).catch(() => undefined)
    await bed.publish({ name: 'example.com/base' })
    const fetcher = bed.fetcher()
    const a = await fetcher.fetch('example.com/a')
    const choice = fetcher.choiceOf(a) ?? assert.fail('a choice')
    const [, base] = imagesOf(resolve(bed.store, a, { choice }))
    assert.ok(base !== undefined && base.id !== planted.id)
    // not even when it is the newest
    await bed
      .fetcher()
      .fetch(await fileOf(t, { name: 'example.com/base', annotations: [{ name: 'evil', value: '2' }] }))
    const again = bed.fetcher(NEVER)
    const image = await again.fetch('example.com/a')
    assert.equal(again.choiceOf(image)?.({ imageName: 'example.com/base' }, image)?.id, base.id)
    rmSync(base.directory, { recursive: true })
    await refused(bed.fetcher(NEVER).fetch('example.com/a'), 'SIGNATURE_MISSING', bare)
    await refused(bed.fetcher(NEVER).fetch(a.id), 'SIGNATURE_MISSING', bare)
  })

  test('what root gave as files fits together unsigned', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    const base = await bed.fetcher().fetch(await fileOf(t, { name: 'example.com/base' }))
    const fetcher = bed.fetcher()
    const a = await fetcher.fetch(await fileOf(t, { name: 'example.com/a', ...needing }))
    assert.equal(fetcher.choiceOf(a)?.({ imageName: 'example.com/base' }, a)?.id, base.id)
    assert.equal(bed.server.requests.length, 0)
    requireSignatures(bed)
    await refused(bed.fetcher(NEVER).fetch(a.id), 'SIGNATURE_MISSING', /nobody signed it$/)
  })

  test('what stands below a signed image must be signed though a file stands above it', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    await bed.publish({ name: 'example.com/middle', manifest: needing })
    await bed.publish({ name: 'example.com/base' })
    await bed.fetcher().fetch('example.com/middle')
    const planted = await bed
      .fetcher()
      .fetch(await fileOf(t, { name: 'example.com/base', annotations: [{ name: 'evil', value: '1' }] }))
    const both = { dependencies: [{ imageName: 'example.com/middle' }, { imageName: 'example.com/base' }] }
    const fetcher = bed.fetcher()
    const top = await fetcher.fetch(await fileOf(t, { name: 'example.com/top', ...both }))
    const choice = fetcher.choiceOf(top) ?? assert.fail('a choice')
    assert.equal(choice({ imageName: 'example.com/base' }, top)?.id, planted.id)
    const middle = choice({ imageName: 'example.com/middle' }, top) ?? assert.fail('the middle')
    assert.notEqual(choice({ imageName: 'example.com/base' }, middle)?.id, planted.id)
  })

  test('one whose key is trusted no more does not count', async (t) => {
    const bed = await fetchBed(t, 'example.com')
    bed.trust('example.com')
    await bed.publish({ name: 'example.com/base' })
    await bed.fetcher().fetch('example.com/base')
    distrust(bed)
    const a = await fileOf(t, { name: 'example.com/a', ...needing })
    await refused(
      bed.fetcher(NEVER).fetch(a),
      'KEY_UNTRUSTED',
      /^example\.com\/a: depends on example\.com\/base: .*not trusted any more$/,
    )
  })
})
