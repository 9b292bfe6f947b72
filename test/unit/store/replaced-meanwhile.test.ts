import assert from 'node:assert/strict'
import { closeSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { createPod } from '../../../stage0/prepare/create.js'
import { collectPods } from '../../../stage0/pod/gc.js'
import { acquire, isLocked } from '../../../stage0/pod/lock.js'
import { discardTree, shareTree } from '../../../stage0/render/tree.js'
import { collectDownloads } from '../../../stage0/store/collect-downloads.js'
import { replaceImage } from '../../../stage0/store/replace.js'
import { makeStaging } from '../../../stage0/store/staging.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate } from '../../helpers/fabricated-pods.js'
import { file, imageBench } from '../../helpers/image-store.js'

/**
 * Replaces `directory` after a process has opened `locked` (the directory or a file in it) and
 * before its next step.
 */
function replaceWhenLocked(
  t: TestContext,
  directory: (locked: string) => string | undefined,
): { readonly happened: () => boolean } {
  const lock = native.tryLock.bind(native)
  let happened = false
  t.mock.method(native, 'tryLock', (path: string, kind: 'shared' | 'exclusive') => {
    const fd = lock(path, kind)
    const found = happened ? undefined : directory(path)
    if (found !== undefined) {
      happened = true
      renameSync(found, join(dirname(found), '.away'))
      mkdirSync(found)
      writeFileSync(join(found, 'newer'), '')
      if (path !== found) writeFileSync(path, '')
    }
    return fd
  })
  return { happened: () => happened }
}

const only = (path: string) => (locked: string) => (locked === path || dirname(locked) === path ? path : undefined)

const isNewer = (path: string): void => assert.ok(existsSync(join(path, 'newer')), `${path} is not the newer one`)

const NOT_FOUND = (error: unknown): boolean => error instanceof RuntimeError && error.code === 'IMAGE_NOT_FOUND'

describe('what took the place of a directory after it was looked for is left alone', { skip: needsRoot }, () => {
  test('gc: a staging directory', (t) => {
    const { store } = imageBench(t)
    const path = join(store.dir.tmp, 'ingest-x')
    mkdirSync(path)
    const replaced = replaceWhenLocked(t, only(path))
    assert.deepEqual(store.collectStaging().includes(path), false)
    assert.ok(replaced.happened())
    isNewer(path)
  })

  test('image gc: a download', (t) => {
    const dir = emptyDataDir(t)
    const path = join(dir.downloads, 'x')
    mkdirSync(path)
    replaceWhenLocked(t, only(path))
    assert.deepEqual(
      collectDownloads(dir, () => true),
      [],
    )
    isNewer(path)
  })

  test('image gc: a rendered tree', (t) => {
    const dir = emptyDataDir(t)
    const path = join(dir.trees, 'deps-x')
    mkdirSync(path)
    replaceWhenLocked(t, only(path))
    assert.equal(discardTree(dir, 'deps-x'), false)
    isNewer(path)
  })

  test('image rm: an image', async (t) => {
    const { store, put } = imageBench(t)
    const { id, directory } = await put('one')
    replaceWhenLocked(t, only(directory))
    assert.throws(() => store.remove(id, () => []), NOT_FOUND)
    isNewer(directory)
  })

  test('a repair: an image', async (t) => {
    const { root, store, put } = imageBench(t)
    const image = await put('one', [file('a')])
    replaceWhenLocked(t, only(image.directory))
    const { openSync } = await import('node:fs')
    const fd = openSync(join(root, 'image.aci'), 'r')
    try {
      await assert.rejects(
        replaceImage(store, image, fd, 'x', () => []),
        NOT_FOUND,
      )
    } finally {
      closeSync(fd)
    }
    isNewer(image.directory)
    assert.deepEqual(readdirSync(store.dir.tmp), [])
  })

  test('gc: a pod', async (t) => {
    for (const place of ['run', 'garbage'] as const) {
      const dir = emptyDataDir(t)
      const directory = dir.pod(place, fabricate(dir, place))
      replaceWhenLocked(t, only(directory))
      const options = { gracePeriod: 0, expirePrepared: 0, markOnly: false }
      await collectPods(
        { ...dir, place: (name) => (name === place ? dir.place(name) : join(dir.tmp, 'none')) },
        options,
      )
      isNewer(directory)
      t.mock.restoreAll()
    }
  })

  test('a pod that is looked at is not there', (t) => {
    const dir = emptyDataDir(t)
    const directory = dir.pod('run', fabricate(dir, 'run'))
    replaceWhenLocked(t, only(directory))
    assert.equal(isLocked(directory), null)
  })

  test('a pod that is to be worked on is not there', async (t) => {
    const dir = emptyDataDir(t)
    const directory = dir.pod('run', fabricate(dir, 'run'))
    replaceWhenLocked(t, only(directory))
    assert.equal(await acquire(directory), 'gone')
  })
})

describe('who asks for a directory gets the one that is there', { skip: needsRoot }, () => {
  const isHeld = (path: string): boolean => {
    const fd = native.tryLock(path, 'exclusive')
    if (fd !== null) closeSync(fd)
    return fd === null
  }

  test('an image', async (t) => {
    const { store, put } = imageBench(t)
    const { id, directory } = await put('one')
    replaceWhenLocked(t, only(directory))
    using held = await store.share(id)
    isNewer(directory)
    assert.ok(isHeld(directory))
    held.release()
    assert.equal(isHeld(directory), false)
  })

  test('a tree is made anew', async (t) => {
    const dir = emptyDataDir(t)
    mkdirSync(join(dir.trees, 'deps-x'))
    replaceWhenLocked(t, only(join(dir.trees, 'deps-x')))
    assert.equal(await shareTree(dir, 'deps-x'), null)
  })

  test('a new staging directory', (t) => {
    const dir = emptyDataDir(t)
    let first = ''
    replaceWhenLocked(t, (locked) => (dirname(locked) === dir.tmp ? (first = locked) : undefined))
    using staging = makeStaging(dir, 'ingest')
    assert.notEqual(staging.path, first)
    assert.ok(isHeld(staging.path))
  })

  test('a new pod', (t) => {
    const dir = emptyDataDir(t)
    let first = ''
    replaceWhenLocked(t, (locked) =>
      dirname(dirname(locked)) === dir.place('embryo') ? (first = dirname(locked)) : undefined,
    )
    const { pod, lock } = createPod(dir)
    assert.notEqual(pod.uuid, first.split('/').at(-1))
    lock[Symbol.dispose]()
  })
})
