import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { podFilter } from '../../../stage0/cli/pod-filter.js'
import { findPod } from '../../../stage0/pod/find.js'
import { viewPod } from '../../../stage0/pod/view.js'
import { emptyDataDir, fabricate, hold } from '../../helpers/fabricated-pods.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { appc } from '../../helpers/run-cli.js'

describe('list --filter', () => {
  test('selects pods by state, name, app and image; values of one key are alternatives', (t) => {
    const dir = emptyDataDir(t)
    const one = fabricate(dir, 'run', { name: 'one', apps: ['web', 'log'] })
    const two = fabricate(dir, 'run', { apps: ['web'] })
    hold(t, dir.pod('run', two))
    const three = fabricate(dir, 'exited-garbage', { name: 'three' })
    const passing = (...words: string[]): string[] =>
      [one, two, three].filter((uuid) => podFilter(words)(viewPod(findPod(dir, uuid))))
    assert.deepEqual(passing(), [one, two, three])
    assert.deepEqual(passing('state=running'), [two])
    assert.deepEqual(passing('state=running', 'state=exited'), [one, two])
    assert.deepEqual(passing('state=exited', 'name=three'), [])
    assert.deepEqual(passing('app=web'), [one, two])
    assert.deepEqual(passing('app=log'), [one])
    assert.deepEqual(passing('image=example.com/one:7'), [one, two, three])
  })

  for (const [word, message] of [
    ['colour=red', '--filter=colour=red: expected state=…, name=…, app=… or image=…'],
    ['state', '--filter=state: expected a value: state=…'],
    [
      'state=up',
      '--filter=state=up: a state is one of preparing, aborted-prepare, prepared, running, exited, exited-deleting or exited-garbage',
    ],
  ] as const) {
    test(`refuses ${word}`, () =>
      assert.throws(
        () => podFilter([word]),
        (error) => error instanceof RuntimeError && error.code === 'USAGE' && error.message === message,
      ))
  }
})

describe('commands on many pods', { skip: needsRoot }, () => {
  test('list --quiet prints only complete UUIDs', async (t) => {
    const dir = emptyDataDir(t)
    const uuids = ['run', 'exited-garbage'].map((place) => fabricate(dir, place as 'run'))
    const { stdout } = await appc([`--dir=${dir.root}`, 'list', '-q'])
    assert.deepEqual(stdout.trim().split('\n').sort(), uuids.sort())
    const filtered = await appc([`--dir=${dir.root}`, 'list', '-q', '--filter', 'state=exited'])
    assert.equal(filtered.stdout.trim().split('\n').length, 1)
  })

  test('rm --all removes all pods that do not run, and no others', async (t) => {
    const dir = emptyDataDir(t)
    const [ended, running, preparing] = (['run', 'run', 'prepare'] as const).map((place) => fabricate(dir, place))
    hold(t, dir.pod('run', running ?? ''))
    hold(t, dir.pod('prepare', preparing ?? ''))
    const { status, stdout, stderr } = await appc([`--dir=${dir.root}`, 'rm', '--all'])
    assert.deepEqual([status, stdout, stderr], [0, `${ended}\n`, ''])
    assert.deepEqual((await appc([`--dir=${dir.root}`, 'rm', '-a'])).stdout, '')
  })

  for (const command of ['rm', 'stop']) {
    test(`${command} --all refuses a pod`, async (t) => {
      const { status, stderr } = await appc([`--dir=${emptyDataDir(t).root}`, command, '--all', 'x'])
      assert.deepEqual(
        [status, stderr],
        [2, `appc: ${command}: give either pods or --all\nhint: appc ${command} --help\n`],
      )
    })
  }

  test('gc --dry-run prints what gc would do, and changes nothing', async (t) => {
    const dir = emptyDataDir(t)
    const places = ['embryo', 'prepare', 'prepared', 'run', 'exited-garbage', 'garbage'] as const
    for (const place of places) fabricate(dir, place)
    hold(t, dir.pod('run', fabricate(dir, 'run')))
    const gc = async (...words: string[]) =>
      await appc([`--dir=${dir.root}`, 'gc', '--grace-period=0', '--format=json', ...words])
    const sorted = (text: string): unknown =>
      (JSON.parse(text) as unknown[]).map((change) => JSON.stringify(change)).sort()
    const list = async () => (await appc([`--dir=${dir.root}`, 'list', '--format=json'])).stdout
    const before = await list()
    const planned = await gc('--dry-run')
    assert.equal(await list(), before)
    const performed = await gc()
    assert.deepEqual([performed.stderr, planned.stderr], ['', ''])
    assert.deepEqual(sorted(planned.stdout), sorted(performed.stdout))
    assert.notEqual(await list(), before)
  })
})
