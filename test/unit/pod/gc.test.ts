import assert from 'node:assert/strict'
import { closeSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { native } from '#native'
import { PLACES, type DataDir } from '../../../stage0/data-dir.js'
import { collectPods, type GCOptions } from '../../../stage0/pod/gc.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate, hold } from '../../helpers/fabricated-pods.js'

const HOUR = 3_600_000
const usual: GCOptions = { gracePeriod: HOUR / 2, expirePrepared: 24 * HOUR, markOnly: false }
const later = (milliseconds: number): Date => new Date(Date.now() + milliseconds)

const where = (dir: DataDir): Record<string, string[]> =>
  Object.fromEntries(
    PLACES.flatMap((place) => {
      const pods = readdirSync(dir.place(place))
      return pods.length > 0 ? [[place, pods]] : []
    }),
  )

describe('gc', { skip: needsRoot }, () => {
  test('marks an exited pod, keeps it for the grace period from then on, then removes it', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = fabricate(dir, 'run')
    assert.deepEqual(await collectPods(dir, usual), {
      changes: [{ action: 'marked', uuid, from: 'run', to: 'exited-garbage' }],
      failures: [],
      warnings: [],
    })
    assert.deepEqual(where(dir), { 'exited-garbage': [uuid] })
    assert.deepEqual((await collectPods(dir, usual, later(HOUR / 3))).changes, [])
    assert.deepEqual((await collectPods(dir, usual, later(HOUR))).changes, [
      { action: 'removed', uuid, from: 'exited-garbage' },
    ])
    assert.deepEqual(where(dir), {})
  })

  test('does both at once without a grace period', async (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'run')
    const { changes } = await collectPods(dir, { ...usual, gracePeriod: 0 })
    assert.deepEqual(
      changes.map(({ action }) => action),
      ['marked', 'removed'],
    )
    assert.deepEqual(where(dir), {})
  })

  test('leaves the records of a pod until its launcher has read how it ended', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = fabricate(dir, 'run')
    const spec = join(dir.pod('run', uuid), 'run.json')
    writeFileSync(spec, '{}')
    const launcher = native.tryLock(spec, 'shared')
    assert.ok(launcher !== null)
    await collectPods(dir, { ...usual, gracePeriod: 0 })
    assert.deepEqual(where(dir), { 'exited-garbage': [uuid] })
    closeSync(launcher)
    await collectPods(dir, { ...usual, gracePeriod: 0 })
    assert.deepEqual(where(dir), {})
  })

  test('removes the remains of a crashed preparation at once', async (t) => {
    const dir = emptyDataDir(t)
    fabricate(dir, 'embryo')
    fabricate(dir, 'prepare')
    fabricate(dir, 'garbage')
    const { changes } = await collectPods(dir, usual)
    assert.deepEqual(
      changes.map(({ action, from }) => `${action} ${from}`),
      ['marked embryo', 'marked prepare', 'removed garbage', 'removed garbage', 'removed garbage'],
    )
    assert.deepEqual(where(dir), {})
  })

  test('--mark-only removes nothing', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = fabricate(dir, 'run')
    const debris = fabricate(dir, 'garbage')
    await collectPods(dir, { ...usual, gracePeriod: 0, markOnly: true })
    assert.deepEqual(where(dir), { 'exited-garbage': [uuid], garbage: [debris] })
  })

  test('does not remove locked pods, in any place', async (t) => {
    const dir = emptyDataDir(t)
    const before: Record<string, string[]> = {}
    for (const place of PLACES) {
      const uuid = fabricate(dir, place)
      hold(t, dir.pod(place, uuid))
      before[place] = [uuid]
    }
    assert.deepEqual(await collectPods(dir, { gracePeriod: 0, expirePrepared: 0, markOnly: false }, later(HOUR)), {
      changes: [],
      failures: [],
      warnings: [],
    })
    assert.deepEqual(where(dir), before)
  })

  test('a prepared pod waits until it expires', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = fabricate(dir, 'prepared')
    assert.deepEqual((await collectPods(dir, usual)).changes, [])
    assert.deepEqual(
      (await collectPods(dir, usual, later(25 * HOUR))).changes.map(({ action, from }) => `${action} ${from}`),
      ['marked prepared', 'removed garbage'],
    )
    assert.equal(existsSync(dir.pod('prepared', uuid)), false)
  })

  test('removes a pod whatever files a power cut left of it', async (t) => {
    const dir = emptyDataDir(t)
    const broken = {
      'pod: empty': { pod: '' },
      'pod: half': { pod: '{"acKind":"PodMan' },
      'pod: missing': { pod: null },
      'run.json: empty': { 'run.json': '' },
      'run.json: zeros': { 'run.json': '\0'.repeat(100) },
      'run.json: no object': { 'run.json': '[null]' },
      'run.json: wrong types': { 'run.json': '{"id":7,"podName":{},"apps":[null,{"name":3}]}' },
      'all missing': { pod: null, 'run.json': null, 'pod-created': null },
      'status: empty': { 'status/one': '', pid: '' },
    }
    for (const place of ['embryo', 'prepare', 'run', 'exited-garbage', 'garbage'] as const) {
      for (const files of Object.values(broken)) fabricate(dir, place, { files })
    }
    const { failures } = await collectPods(dir, { ...usual, gracePeriod: 0 }, later(1000))
    assert.deepEqual(failures, [])
    assert.deepEqual(where(dir), {})
  })

  test('two collectors at the same time cause no errors', async (t) => {
    const dir = emptyDataDir(t)
    for (let count = 0; count < 20; count++) fabricate(dir, 'run')
    const both = await Promise.all([1, 2].map(() => collectPods(dir, { ...usual, gracePeriod: 0 }, later(1000))))
    assert.deepEqual(
      both.flatMap(({ failures }) => failures),
      [],
    )
    assert.equal(both.flatMap(({ changes }) => changes).length, 40)
    assert.deepEqual(where(dir), {})
  })

  test('a directory that is not a pod is not removed', async (t) => {
    const dir = emptyDataDir(t)
    mkdirSync(join(dir.place('garbage'), 'lost+found'))
    assert.deepEqual(await collectPods(dir, { ...usual, gracePeriod: 0 }), { changes: [], failures: [], warnings: [] })
    assert.deepEqual(where(dir), { garbage: ['lost+found'] })
  })

  test('a missing data directory is no error', async (t) => {
    const dir = emptyDataDir(t)
    rmSync(dir.root, { recursive: true })
    assert.deepEqual(await collectPods(dir, usual), { changes: [], failures: [], warnings: [] })
  })
})
