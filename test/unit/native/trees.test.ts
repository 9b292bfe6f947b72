import assert from 'node:assert/strict'
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { image } from '../../helpers/archive.js'
import { ingest, needsRoot, scratch } from '../../helpers/scratch.js'
import { native } from '#native'

const low = image(
  { path: 'rootfs/etc', type: '5', mode: 0o700 },
  { path: 'rootfs/etc/passwd', content: 'low' },
  { path: 'rootfs/etc/group', content: 'low' },
  { path: 'rootfs/lib', type: '2', link: '/usr/lib' },
)
const high = image({ path: 'rootfs/etc/passwd', content: 'high' }, { path: 'rootfs/lib/so', content: 'so' })

/** An empty directory. */
function empty(path: string): string {
  mkdirSync(path)
  return path
}

test('directories that an archive leaves out are reported, parents first', { skip: needsRoot }, async (t) => {
  const bytes = image(
    { path: 'rootfs/a/b/c', content: '' },
    { path: 'rootfs/named/later' },
    { path: 'rootfs/named', type: '5' },
  )
  const { facts } = await ingest(scratch(t), 'image', bytes)
  assert.deepEqual(facts.impliedDirectories, ['/a', '/a/b'])
  const { facts: complete } = await ingest(scratch(t), 'image', low)
  assert.deepEqual(complete.impliedDirectories, [])
})

describe('mergeTrees', { skip: needsRoot }, () => {
  for (const how of ['link', 'copy'] as const) {
    test(`SPEC E3: later images over earlier ones (${how})`, async (t) => {
      const directory = scratch(t)
      const [below, above] = [await ingest(directory, 'low', low), await ingest(directory, 'high', high)]
      const target = empty(join(directory, 'union'))
      const { impliedDirectories } = above.facts
      assert.deepEqual(impliedDirectories, ['/etc', '/lib'])
      const layers = [join(below.tree, 'rootfs'), { tree: join(above.tree, 'rootfs'), impliedDirectories }]
      const merged = await native.mergeTrees(layers, target, how, null)
      assert.deepEqual(merged, { files: 3, bytes: 9, impliedDirectories: ['/lib'] })
      assert.equal(readFileSync(join(target, 'etc/passwd'), 'utf8'), 'high')
      assert.equal(readFileSync(join(target, 'etc/group'), 'utf8'), 'low')
      assert.equal(statSync(join(target, 'etc')).mode & 0o7777, 0o700)
      assert.ok(lstatSync(join(target, 'lib')).isDirectory())
      const one = statSync(join(target, 'etc/group')).ino === statSync(join(below.tree, 'rootfs/etc/group')).ino
      assert.equal(one, how === 'link')
      assert.deepEqual([await native.verifyTree(below.tree), await native.verifyTree(above.tree)], [[], []])
    })
  }

  test('SPEC E4, M15: nothing outside the whitelist remains', async (t) => {
    const directory = scratch(t)
    const { tree } = await ingest(directory, 'low', low)
    const target = empty(join(directory, 'union'))
    const merged = await native.mergeTrees([join(tree, 'rootfs')], target, 'link', ['/etc/group', '/none'])
    assert.equal(merged.files, 1)
    assert.deepEqual(
      ['etc/group', 'etc/passwd', 'lib'].map((path) => existsSync(join(target, path))),
      [true, false, false],
    )
  })

  test('refusals name the path', async (t) => {
    const directory = scratch(t)
    const target = empty(join(directory, 'union'))
    await assert.rejects(native.mergeTrees([join(directory, 'none')], target, 'link', null), {
      code: 'ENOENT',
      message: `${directory}/none: opening the tree: no such file or directory`,
    })
    await assert.rejects(native.mergeTrees([], target, 'link', ['etc']), {
      code: 'ARCHIVE_INVALID',
      message: 'path to keep etc: it is not absolute',
    })
    await assert.rejects(native.mergeTrees([], directory, 'link', null), { code: 'ENOTEMPTY' })
  })
})

describe('verifyTree', { skip: needsRoot }, () => {
  test('names what changed, is missing and was added', async (t) => {
    const { tree } = await ingest(scratch(t), 'image', low)
    assert.deepEqual(await native.verifyTree(tree), [])
    writeFileSync(join(tree, 'rootfs/etc/passwd'), 'LOW')
    native.removeTree(join(tree, 'rootfs/etc/group'))
    writeFileSync(join(tree, 'rootfs/new'), '')
    const found = (await native.verifyTree(tree)).map(({ path, problem }) => `${path} ${problem.replace(/:.*/, '')}`)
    const wanted = [
      '/ time',
      '/etc time',
      '/etc/group missing',
      '/etc/passwd content',
      '/etc/passwd time',
      '/new added',
    ]
    assert.deepEqual(found.sort(), wanted)
  })

  test('an image that is not there', async (t) => {
    const directory = join(scratch(t), 'none')
    await assert.rejects(native.verifyTree(directory), {
      code: 'ENOENT',
      message: `${directory}: opening the image: no such file or directory`,
    })
  })
})
