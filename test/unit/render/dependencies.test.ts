import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { imagesOf, resolve } from '../../../stage0/render/dependencies.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { dependsOn, file, imageBench } from '../../helpers/image-store.js'
import { anImageID } from '../../helpers/manifests.js'

const skip = needsRoot

const names = (images: readonly { readonly manifest: { readonly name: string } }[]): string[] =>
  images.map(({ manifest }) => manifest.name.replace('example.com/', ''))

const failing =
  (code: string, message: RegExp | string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof RuntimeError, String(error))
    assert.equal(error.code, code)
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    return true
  }

test('SPEC E3: dependencies are found depth first, each image once', { skip }, async (t) => {
  const { store, put } = imageBench(t)
  await put('d')
  await put('b', [], dependsOn('d'))
  await put('c', [], dependsOn('d'))
  const a = await put('a', [], dependsOn('b', 'c'))
  assert.deepEqual(names(imagesOf(resolve(store, a))), ['a', 'b', 'd', 'c'])
  const [b, c] = resolve(store, a).dependencies
  assert.ok(b?.dependencies[0] !== undefined && b.dependencies[0] === c?.dependencies[0])
})

test(
  'SPEC M14: without an imageID the newest import with the name and the labels given counts',
  { skip },
  async (t) => {
    const { store, put } = imageBench(t)
    const version = (value: string): { name: string; value: string } => ({ name: 'version', value })
    const platform = [
      { name: 'os', value: 'linux' },
      { name: 'arch', value: 'amd64' },
    ]
    const first = await put('base', [], { labels: [version('1'), ...platform] })
    const second = await put('base', [], { labels: [version('2')] })
    const found = async (...labels: { name: string; value: string }[]): Promise<string | undefined> => {
      const image = await put('a', [], { dependencies: [{ imageName: 'example.com/base', labels }] })
      return resolve(store, image).dependencies[0]?.image.id
    }
    assert.equal(await found(), second.id)
    assert.equal(await found(version('1')), first.id, 'os and arch need not be asked for')
    assert.equal(await found(...platform), first.id)
    await assert.rejects(
      found(version('3')),
      failing('IMAGE_NOT_FOUND', 'example.com/a: depends on example.com/base:3, which is not in the store'),
    )
  },
)

test('SPEC M14: an imageID says which; its name and labels must fit as well', { skip }, async (t) => {
  const { store, put } = imageBench(t)
  const old = await put('base', [file('old')])
  await put('base', [file('new')])
  const a = await put('a', [], { dependencies: [{ imageName: 'example.com/base', imageID: old.id }] })
  assert.equal(resolve(store, a).dependencies[0]?.image.id, old.id)
  const b = await put('b', [], { dependencies: [{ imageName: 'example.com/other', imageID: old.id }] })
  assert.throws(
    () => resolve(store, b),
    failing(
      'IMAGE_MISMATCH',
      /^example\.com\/b: depends on example\.com\/other \(sha512-.{12}\), but that image is example\.com\/base$/,
    ),
  )
  const labels = [{ name: 'version', value: '1' }]
  const c = await put('c', [], { dependencies: [{ imageName: 'example.com/base', imageID: old.id, labels }] })
  assert.throws(() => resolve(store, c), failing('IMAGE_MISMATCH', /depends on example\.com\/base:1 \(/))
  const d = await put('d', [], { dependencies: [{ imageName: 'example.com/base', imageID: anImageID() }] })
  assert.throws(
    () => resolve(store, d),
    failing('IMAGE_NOT_FOUND', /example\.com\/base \(sha512-a{12}\), which is not/),
  )
})

test('SPEC E5: a cycle is an error that names it', { skip }, async (t) => {
  const { store, put } = imageBench(t)
  await put('a', [], dependsOn('b'))
  await put('b', [], dependsOn('c'))
  await put('c', [], dependsOn('a'))
  const top = await put('top', [], dependsOn('a'))
  assert.throws(
    () => resolve(store, top),
    failing(
      'DEPENDENCY_CYCLE',
      'example.com/a: depends on itself: example.com/a → example.com/b → example.com/c → example.com/a',
    ),
  )
  const self = await put('self', [], dependsOn('self'))
  assert.throws(() => resolve(store, self), failing('DEPENDENCY_CYCLE', /: example\.com\/self → example\.com\/self$/))
})

test('what is missing can be told instead of refused', { skip }, async (t) => {
  const { store, put } = imageBench(t)
  await put('b', [], dependsOn('x'))
  const a = await put('a', [], dependsOn('b', 'y'))
  const missing: string[] = []
  const resolved = resolve(store, a, {
    onMissing: ({ imageName }, of) => missing.push(`${imageName} of ${of.manifest.name}`),
  })
  assert.deepEqual(missing, ['example.com/x of example.com/b', 'example.com/y of example.com/a'])
  assert.deepEqual(names(imagesOf(resolved)), ['a', 'b'])
})

test('diamonds upon diamonds cost no more than their images', { skip }, async (t) => {
  const { store, put } = imageBench(t)
  await put('level-0')
  let top = await put('level-0')
  for (let level = 1; level <= 40; level++) {
    top = await put(`level-${level}`, [], dependsOn(...Array.from({ length: 6 }, () => `level-${level - 1}`)))
  }
  assert.equal(imagesOf(resolve(store, top)).length, 41)
})
