import assert from 'node:assert/strict'
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { findPod, readUUIDFile } from '../../../stage0/pod/find.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate, hold } from '../../helpers/fabricated-pods.js'

const A = 'aaaaaaaa-0000-4000-8000-000000000001'
const B = 'aaaaaaaa-0000-4000-8000-000000000002'
const C = 'cccccccc-0000-4000-8000-000000000003'

const fails = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof RuntimeError && error.code === code && message.test(error.message)

describe('findPod', { skip: needsRoot }, () => {
  test('finds a pod by its UUID, or by the first digits in upper or lower case', (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'run', { uuid: A })
    fabricate(dir, 'exited-garbage', { uuid: C })
    assert.equal(findPod(dir, 'CC').pod.uuid, C)
    assert.equal(findPod(dir, A.toUpperCase()).pod.uuid, A)
    assert.equal(findPod(dir, 'a').state, 'exited')
  })

  test('refuses an ambiguous beginning, and names the pods', (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'run', { uuid: A })
    fabricate(dir, 'prepared', { uuid: B })
    assert.throws(() => findPod(dir, 'aaaaaaaa'), fails('POD_AMBIGUOUS', new RegExp(`2 pods match: .*${A}`)))
    assert.equal(findPod(dir, B).pod.uuid, B)
  })

  test('does not find missing pods, embryos and garbage, and refuses an empty reference', (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'embryo', { uuid: A })
    fabricate(dir, 'garbage', { uuid: B })
    for (const word of ['a', B, 'web', '*', '../run', 'aaaaaaaa-']) {
      assert.throws(() => findPod(dir, word), fails('POD_NOT_FOUND', /no pod has that name or UUID/), word)
    }
    assert.throws(() => findPod(dir, ''), fails('USAGE', /an empty name/))
  })

  test('a data directory that is not there has no pods', (t) => {
    assert.throws(
      () => findPod({ ...emptyDataDir(t), place: () => '/nonexistent' }, 'a'),
      fails('POD_NOT_FOUND', /^a: /),
    )
  })

  test('a name means the live pod of that name, else the newest', (t) => {
    const dir = emptyDataDir(t)
    const old = fabricate(dir, 'run', { name: 'web' })
    const live = fabricate(dir, 'run', { name: 'web' })
    const held = hold(t, dir.pod('run', live))
    assert.equal(findPod(dir, 'web').pod.uuid, live)
    assert.equal(findPod(dir, 'web').state, 'running')
    held.release()
    utimesSync(join(dir.pod('run', old), 'pod-created'), new Date(0), new Date(0))
    assert.equal(findPod(dir, 'web').pod.uuid, live)
    utimesSync(join(dir.pod('run', live), 'pod-created'), new Date(-5000), new Date(-5000))
    assert.equal(findPod(dir, 'web').pod.uuid, old)
  })

  test('a name means the live pod even where others of that name are newer', (t) => {
    const dir = emptyDataDir(t)
    for (const place of ['run', 'exited-garbage'] as const) {
      for (let count = 0; count < 4; count++) fabricate(dir, place, { name: 'web' })
    }
    const live = fabricate(dir, 'run', { name: 'web' })
    hold(t, dir.pod('run', live))
    utimesSync(join(dir.pod('run', live), 'pod-created'), new Date(-5000), new Date(-5000))
    assert.equal(findPod(dir, 'web').pod.uuid, live)
  })

  test('an exited pod that is being removed is not a live one', (t) => {
    const dir = emptyDataDir(t)
    const removed = fabricate(dir, 'exited-garbage', { name: 'web' })
    hold(t, dir.pod('exited-garbage', removed))
    utimesSync(join(dir.pod('exited-garbage', removed), 'pod-created'), new Date(0), new Date(0))
    const newest = fabricate(dir, 'run', { name: 'web' })
    assert.equal(findPod(dir, 'web').pod.uuid, newest)
  })

  test('a name comes before a beginning of a UUID', (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'run', { uuid: C })
    const named = fabricate(dir, 'run', { uuid: A, name: 'cc' })
    assert.equal(findPod(dir, 'cc').pod.uuid, named)
    assert.equal(findPod(dir, 'ccc').pod.uuid, C)
  })

  test('a UUID file must hold a complete UUID', (t) => {
    const { root } = emptyDataDir(t)
    const file = join(root, 'uuid')
    writeFileSync(file, `${A}\n`)
    assert.equal(readUUIDFile(file), A)
    writeFileSync(file, 'a')
    assert.throws(() => readUUIDFile(file), fails('FILE_UNREADABLE', /uuid: holds no UUID/))
    assert.throws(() => readUUIDFile(`${file}s`), fails('FILE_UNREADABLE', /uuids: no such file/))
  })
})
