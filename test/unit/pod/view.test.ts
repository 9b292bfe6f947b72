import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { locatePod } from '../../../stage0/pod/pod.js'
import { viewPod, type PodView } from '../../../stage0/pod/view.js'
import type { DataDir, Place } from '../../../stage0/data-dir.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate, hold, type Fabricated } from '../../helpers/fabricated-pods.js'
import { anImageID } from '../../helpers/manifests.js'

function view(dir: DataDir, place: Place, options: Fabricated, prepare?: (uuid: string) => void): PodView {
  const uuid = fabricate(dir, place, options)
  prepare?.(uuid)
  const found = locatePod(dir, uuid)
  assert.ok(found)
  return viewPod(found)
}

const ended = (changes: object): string =>
  JSON.stringify({
    code: 'exited',
    status: 0,
    result: 'success',
    finishedAt: '1700000000123456789',
    monotonic: '1',
    ...changes,
  })

describe('the view of a pod', { skip: needsRoot }, () => {
  test('shows, of a running pod, an app that runs, one that has not started, and one that has ended', (t) => {
    const dir = emptyDataDir(t)
    const files = { pid: '4711\n', 'status/one-started': '', 'status/three-started': '', 'status/three': ended({}) }
    const pod = view(dir, 'run', { name: 'web', apps: ['one', 'two', 'three'], files }, (uuid) =>
      hold(t, dir.pod('run', uuid)),
    )
    assert.equal(pod.state, 'running')
    assert.equal(pod.name, 'web')
    assert.equal(pod.pid, 4711)
    assert.equal(pod.network, 'none')
    assert.match(pod.created_at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual(
      pod.apps.map(({ name, state }) => [name, state]),
      [
        ['one', 'running'],
        ['two', 'created'],
        ['three', 'exited'],
      ],
    )
    const [first, , third] = pod.apps
    assert.deepEqual([first?.image_id, first?.image_name], [anImageID(), 'example.com/one:7'])
    assert.equal(third?.finished_at, '2023-11-14T22:13:20.123Z')
  })

  for (const [end, changes, code, signal] of [
    ['a status', { status: 7, result: 'exit-code' }, 7, null],
    ['success', {}, 0, null],
    ['SIGTERM', { code: 'killed', status: 'TERM', result: 'signal' }, 143, 'SIGTERM'],
    ['SIGKILL', { code: 'killed', status: 'KILL', result: 'signal' }, 137, 'SIGKILL'],
    ['a dump', { code: 'dumped', status: 'SEGV', result: 'core-dump' }, 139, 'SIGSEGV'],
    ['a real-time signal', { code: 'killed', status: 'RTMIN+3', result: 'signal' }, 165, 'SIGRTMIN+3'],
    ['a failure before it', { code: null, status: null, result: 'exit-code' }, 254, null],
    ['a handler that failed before it', { code: null, status: null, result: 'exit-code', preStart: 9 }, 9, null],
  ] as const) {
    test(`an app that ended by ${end}`, (t) => {
      const dir = emptyDataDir(t)
      const pod = view(dir, 'run', { files: { 'status/one': ended(changes), 'status/one-started': '' } })
      assert.equal(pod.state, 'exited')
      assert.deepEqual(
        pod.apps.map(({ state, exit_code, signal: by }) => [state, exit_code, by]),
        [['exited', code, signal]],
      )
    })
  }

  test('shows an app without a recorded end as unknown, and no PID of the pod', (t) => {
    const pod = view(emptyDataDir(t), 'run', { files: { pid: '4711', 'status/one-started': '' } })
    assert.equal(pod.pid, null)
    assert.equal(pod.apps[0]?.state, 'unknown')
  })

  test('has null for the fields of broken files', (t) => {
    const dir = emptyDataDir(t)
    const empty = {
      name: null,
      network: null,
      networks: [],
      ports: [],
      bounds: null,
      started_at: null,
      pid: null,
      apps: [],
    }
    for (const files of [
      { pod: '', 'run.json': '' },
      { pod: '{"apps":[{"name":"../../escape"},null,7]}', 'run.json': '{"apps":[null]}' },
      { pod: null, 'run.json': null, 'pod-created': null },
    ]) {
      const { uuid, state, created_at, ...rest } = view(dir, 'run', { files })
      assert.deepEqual(rest, empty)
      assert.equal(state, 'exited')
      assert.equal(created_at === null, 'pod-created' in files, uuid)
    }
    const half = view(dir, 'run', { files: { 'status/one': '{"code":"exi', pid: 'x' } })
    assert.deepEqual(
      half.apps.map(({ state, exit_code }) => [state, exit_code]),
      [['created', null]],
    )
  })
})
