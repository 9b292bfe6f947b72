import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { native } from '#native'
import { render, type RenderedImage } from '../../../stage0/render/render.js'
import { RuntimeError } from '#schema/errors.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { contents, dependsOn, directory, file, imageBench, link, type ImageBench } from '../../helpers/image-store.js'

const skip = needsRoot

/** The root of a rendered image, as a copy instead of an overlay. */
async function rootOf({ root }: ImageBench, { layers }: RenderedImage): Promise<string> {
  const target = join(root, 'root')
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target)
  await native.mergeTrees([...layers].reverse(), target, 'copy', null)
  return target
}

const trees = ({ store }: ImageBench): string[] => readdirSync(store.dir.trees)

test('SPEC E3: dependencies come first, depth first, in order; a later one replaces', { skip }, async (t) => {
  const bench = imageBench(t)
  const { store, put } = bench
  const marked = (name: string): ReturnType<typeof file>[] => [file('who', name), file(name)]
  const d = await put('d', [...marked('d'), file('b-or-d', 'd'), file('c-or-d', 'd')])
  const b = await put('b', [...marked('b'), file('b-or-d', 'b')])
  const c = await put('c', [...marked('c'), file('c-or-d', 'c')], dependsOn('d'))
  const a = await put('a', marked('a'), dependsOn('b', 'c'))
  using rendered = await render(store, a)
  assert.deepEqual(
    rendered.layers,
    [a, c, d, b].map(({ rootfs }) => rootfs),
  )
  assert.deepEqual([...rendered.images].sort(), [a.id, b.id, c.id, d.id].sort())
  assert.equal(rendered.images[0], a.id)
  assert.deepEqual(rendered.trees, [])
  assert.deepEqual(trees(bench), [], 'nothing is copied or linked')
  assert.deepEqual(contents(await rootOf(bench, rendered)), {
    a: 'a',
    b: 'b',
    'b-or-d': 'd',
    c: 'c',
    'c-or-d': 'c',
    d: 'd',
    who: 'a',
  })
})

test('SPEC E3: a later directory replaces a symlink and is not unpacked through it', { skip }, async (t) => {
  const bench = imageBench(t)
  await bench.put('base', [directory('real'), file('real/kept'), link('way', 'real')])
  const top = await bench.put('top', [directory('way'), file('way/new')], dependsOn('base'))
  using rendered = await render(bench.store, top)
  assert.deepEqual(contents(await rootOf(bench, rendered)), {
    real: 'dir',
    'real/kept': 'real/kept',
    way: 'dir',
    'way/new': 'way/new',
  })
})

test('SPEC E4: nothing outside the whitelist is left, and the files are not copied', { skip }, async (t) => {
  const bench = imageBench(t)
  const base = await bench.put('base', [directory('bin'), file('bin/sh'), file('bin/vi'), file('secret')])
  const top = await bench.put('top', [file('app'), file('other')], {
    ...dependsOn('base'),
    pathWhitelist: ['/bin/sh', '/app', '/bin/none'],
  })
  using rendered = await render(bench.store, top)
  const [layer = ''] = rendered.layers
  assert.deepEqual(contents(layer), { app: 'app', bin: 'dir', 'bin/sh': 'bin/sh' })
  assert.equal(statSync(join(layer, 'bin/sh')).ino, statSync(join(base.rootfs, 'bin/sh')).ino)
  assert.deepEqual(trees(bench), rendered.trees)
  assert.deepEqual([rendered.id], rendered.trees)
  assert.deepEqual(readdirSync(bench.store.dir.tmp), [])
})

test(
  'SPEC M15: an empty whitelist means everything; a path that ends with a slash is there in any case',
  { skip },
  async (t) => {
    const bench = imageBench(t)
    const all = await bench.put('all', [file('one')], { pathWhitelist: [] })
    using everything = await render(bench.store, all)
    assert.deepEqual(everything.layers, [all.rootfs])
    const some = await bench.put(
      'some',
      [file('one'), directory('full', 0o711), file('full/x'), link('away', '/tmp')],
      {
        pathWhitelist: ['/one', '/full/', '/var/empty/', '/away/none/'],
      },
    )
    using rendered = await render(bench.store, some)
    const [layer = ''] = rendered.layers
    assert.deepEqual(contents(layer), { full: 'dir', one: 'one', var: 'dir', 'var/empty': 'dir' })
    assert.equal(statSync(join(layer, 'full')).mode & 0o7777, 0o711)
    assert.equal(statSync(join(layer, 'var/empty')).mode & 0o7777, 0o755)
  },
)

test('SPEC E3: in a diamond each pass has its own whitelist', { skip }, async (t) => {
  const bench = imageBench(t)
  const base = await bench.put('base', [file('one'), file('two'), file('three')])
  await bench.put('left', [file('left')], { ...dependsOn('base'), pathWhitelist: ['/left', '/one'] })
  await bench.put('right', [file('right')], { ...dependsOn('base'), pathWhitelist: ['/right', '/two'] })
  const top = await bench.put('top', [], dependsOn('left', 'right'))
  using rendered = await render(bench.store, top)
  assert.deepEqual(Object.keys(contents(await rootOf(bench, rendered))), ['left', 'one', 'right', 'two'])
  assert.equal(rendered.trees.length, 2)
  const open = await bench.put('open', [], dependsOn('left', 'base'))
  using wider = await render(bench.store, open)
  assert.deepEqual(Object.keys(contents(await rootOf(bench, wider))), ['left', 'one', 'three', 'two'])
  assert.ok(wider.layers.includes(base.rootfs))
})

test('a directory an archive does not name keeps what the image below says of it', { skip }, async (t) => {
  const bench = imageBench(t)
  await bench.put('base', [directory('etc', 0o700, { uid: 7, gid: 8 }), directory('opt', 0o750), file('etc/base')])
  const top = await bench.put('top', [file('etc/top'), file('opt/a/b')], dependsOn('base'))
  using rendered = await render(bench.store, top)
  const seen = statSync(join(await rootOf(bench, rendered), 'etc'))
  assert.deepEqual([seen.mode & 0o7777, seen.uid, seen.gid], [0o700, 7, 8])
  assert.equal(statSync(join(bench.root, 'root/opt')).mode & 0o7777, 0o750)
  assert.deepEqual(Object.keys(contents(rendered.layers[0] ?? '')), ['etc', 'opt'], 'only directories are made for it')
  assert.deepEqual(rendered.layers[1], top.rootfs)
  assert.deepEqual(trees(bench), rendered.trees)

  const explicit = await bench.put('explicit', [directory('etc', 0o711), file('etc/x')], dependsOn('base'))
  using plain = await render(bench.store, explicit)
  assert.deepEqual(plain.trees, [], 'what an archive does name counts')
  const listed = await bench.put('listed', [file('etc/top')], { ...dependsOn('base'), pathWhitelist: ['/etc/top'] })
  using kept = await render(bench.store, listed)
  assert.equal(statSync(join(kept.layers[0] ?? '', 'etc')).mode & 0o7777, 0o700)
})

test('the same inputs give the same IDs, other inputs others', { skip }, async (t) => {
  const idsOf = async (bench: ImageBench, whitelist: string[]): Promise<readonly string[]> => {
    await bench.put('base', [file('one'), file('two')])
    const top = await bench.put('top', [], { ...dependsOn('base'), pathWhitelist: whitelist })
    using rendered = await render(bench.store, top)
    return [rendered.id, ...rendered.trees]
  }
  const first = await idsOf(imageBench(t), ['/one'])
  assert.deepEqual(await idsOf(imageBench(t), ['/one']), first)
  assert.notDeepEqual(await idsOf(imageBench(t), ['/two']), first)
  assert.match(first[0] ?? '', /^deps-sha512-[0-9a-f]{128}$/)
})

test('an image alone is its own rendering', { skip }, async (t) => {
  const bench = imageBench(t)
  const one = await bench.put('one', [file('a')])
  using rendered = await render(bench.store, one)
  assert.deepEqual([rendered.id, rendered.layers, rendered.images], [`deps-${one.id}`, [one.rootfs], [one.id]])
})

test('what is rendered is held against removal until it is let go', { skip }, async (t) => {
  const bench = imageBench(t)
  const { store } = bench
  const base = await bench.put('base', [file('a')])
  const top = await bench.put('top', [], dependsOn('base'))
  const rendered = await render(store, top)
  const busy = (error: unknown): boolean => error instanceof RuntimeError && error.code === 'IMAGE_IN_USE'
  for (const { id } of [top, base]) assert.throws(() => store.remove(id, () => []), busy)
  rendered.release()
  for (const { id } of [top, base]) store.remove(id, () => [])
})

test('a refusal lets go of everything', { skip }, async (t) => {
  const bench = imageBench(t)
  const base = await bench.put('base')
  const top = await bench.put('top', [], dependsOn('base', 'missing'))
  await assert.rejects(render(bench.store, top), /depends on example\.com\/missing, which is not in the store/)
  for (const { id } of [top, base]) bench.store.remove(id, () => [])
})

test('more layers than can be mounted are made one', { skip }, async (t) => {
  const bench = imageBench(t)
  let top = await bench.put('l-0', [file('l-0')])
  for (let level = 1; level < 140; level++) {
    top = await bench.put(`l-${level}`, [file(`l-${level}`), file('top', `${level}`)], dependsOn(`l-${level - 1}`))
  }
  using rendered = await render(bench.store, top)
  assert.ok(rendered.layers.length <= 63, String(rendered.layers.length))
  assert.equal(rendered.images.length, 140)
  const root = contents(await rootOf(bench, rendered))
  assert.equal(Object.keys(root).length, 141)
  assert.equal(root['top'], '139')
})

test('a tree that a crash left without its marker is made again', { skip }, async (t) => {
  const bench = imageBench(t)
  const top = await bench.put('top', [file('one'), file('two')], { pathWhitelist: ['/one'] })
  const first = await render(bench.store, top)
  const [layer = ''] = first.layers
  first.release()
  rmSync(join(layer, '../tree.json'))
  rmSync(join(layer, 'one'))
  using again = await render(bench.store, top)
  assert.deepEqual(again.layers, [layer])
  assert.deepEqual(contents(layer), { one: 'one' })
  assert.deepEqual(readdirSync(bench.store.dir.tmp), [])
})
