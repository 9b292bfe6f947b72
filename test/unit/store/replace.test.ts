import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { markUsed } from '../../../stage0/store/last-used.js'
import { replaceImage } from '../../../stage0/store/replace.js'
import type { StoredImage } from '../../../stage0/store/store.js'
import { aci } from '../../helpers/aci.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { file, imageBench, type ImageBench } from '../../helpers/image-store.js'
import { appc } from '../../helpers/run-cli.js'

const USED = new Date('2021-03-04T05:06:07.008Z')

async function damaged(t: TestContext, used: boolean): Promise<ImageBench & { readonly image: StoredImage }> {
  const bench = imageBench(t)
  const { id, directory } = await bench.put('one', [file('a', 'good')])
  if (used) markUsed(bench.store.dir, [id], USED)
  writeFileSync(join(directory, 'rootfs/a'), 'evil')
  return { ...bench, image: bench.store.get(id) }
}

async function replace(
  { store, root, image }: Awaited<ReturnType<typeof damaged>>,
  users: readonly string[] = [],
): Promise<void> {
  const fd = openSync(join(root, 'image.aci'), 'r')
  try {
    await replaceImage(store, image, fd, 'image.aci', () => users)
  } finally {
    closeSync(fd)
  }
}

const has = (code: string) => (error: unknown) => error instanceof RuntimeError && error.code === code

describe('an image that is put anew in place of a damaged one', { skip: needsRoot }, () => {
  test('keeps its last use', async (t) => {
    const bench = await damaged(t, true)
    await replace(bench)
    const { id, lastUsedAt, rootfs } = bench.store.get(bench.image.id)
    assert.equal(readFileSync(join(rootfs, 'a'), 'utf8'), 'good')
    assert.deepEqual(lastUsedAt, USED)
    assert.equal(id, bench.image.id)
  })

  test('has none where it had none', async (t) => {
    const bench = await damaged(t, false)
    await replace(bench)
    assert.equal(bench.store.get(bench.image.id).lastUsedAt, undefined)
  })

  test('keeps when it came and from where', async (t) => {
    const bench = await damaged(t, false)
    const noted = { source: 'https://example.com/one.aci', importedAt: new Date('2020-01-02T03:04:05Z') }
    await replace({ ...bench, image: { ...bench.image, ...noted } })
    const { source, importedAt } = bench.store.get(bench.image.id)
    assert.deepEqual({ source, importedAt }, noted)
  })

  test('leaves nothing beside it', async (t) => {
    const bench = await damaged(t, true)
    await replace(bench)
    assert.deepEqual(readdirSync(bench.store.dir.cas), [bench.image.id])
    assert.deepEqual(readdirSync(bench.store.dir.tmp), [])
    assert.equal(statSync(bench.image.directory).mode & 0o777, 0o700)
  })

  test('is not put there while a pod lives in it', async (t) => {
    const bench = await damaged(t, true)
    await assert.rejects(replace(bench, ['a-pod']), has('IMAGE_IN_USE'))
    assert.equal(readFileSync(join(bench.image.rootfs, 'a'), 'utf8'), 'evil')
    assert.deepEqual(bench.store.get(bench.image.id).lastUsedAt, USED)
    assert.deepEqual(readdirSync(bench.store.dir.tmp), [])
  })

  test('is not put there while another process holds it', async (t) => {
    const bench = await damaged(t, true)
    using held = await bench.store.share(bench.image.id)
    await assert.rejects(replace(bench), has('IMAGE_IN_USE'))
    assert.equal(readFileSync(join(bench.image.rootfs, 'a'), 'utf8'), 'evil')
    held.release()
    await replace(bench)
  })

  test('is not put there where it is another one', async (t) => {
    const bench = await damaged(t, true)
    writeFileSync(join(bench.root, 'image.aci'), aci([file('b')]))
    await assert.rejects(replace(bench), has('IMAGE_MISMATCH'))
    assert.equal(readFileSync(join(bench.image.rootfs, 'a'), 'utf8'), 'evil')
    assert.deepEqual(readdirSync(bench.store.dir.tmp), [])
  })
})

test('image verify: what is repaired is shown with its last use as before', { skip: needsRoot }, async (t) => {
  const { root, store } = imageBench(t)
  const archive = join(root, 'one.aci')
  writeFileSync(archive, aci([file('a', 'good')]))
  const call = (...words: string[]) => appc([`--dir=${store.dir.root}`, ...words])
  const id = (await call('fetch', archive)).stdout.trim()
  markUsed(store.dir, [id], USED)
  const listed = async (): Promise<string> =>
    (await call('image', 'list', '--full', '--fields=id,importtime,lastused')).stdout
  const before = await listed()
  assert.match(before, /2021-03-04T05:06:07\.008Z/)
  writeFileSync(join(store.dir.image(id), 'rootfs/a'), 'evil')
  assert.match((await call('image', 'verify', id)).stdout, /^successfully repaired/)
  assert.equal(await listed(), before)
})
