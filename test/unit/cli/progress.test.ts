import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barProgress } from '../../../stage0/cli/progress/bars.js'
import { jsonProgress } from '../../../stage0/cli/progress/json.js'
import { plainProgress } from '../../../stage0/cli/progress/plain.js'

const MiB = 2 ** 20
const download = { image: 'example.com/a', kind: 'download', from: 'https://example.com/a.aci' } as const

/** A clock that the tests set. */
const clock = { now: 0 }
const now = (): number => clock.now

test('bars: one per image with share, bytes, rate and time left; each download leaves a line', () => {
  const written: string[] = []
  const progress = barProgress(
    (text) => written.push(text),
    () => 80,
    now,
  )
  clock.now = 0
  const a = progress.start(download)
  const b = progress.start({ ...download, image: 'example.com/b' })
  clock.now = 1000
  a.update(0, 20 * MiB)
  b.update(3 * MiB)
  clock.now = 2000
  a.update(5 * MiB, 20 * MiB)
  const lines = (written.at(-1) ?? '').split('\n')
  assert.equal(lines[0], 'example.com/a  [=====               ]  25 %  5.0M of 20M  2.5M/s  6.0 s left')
  assert.equal(lines[1], 'example.com/b  3.0M')
  a.end('done')
  const last = written.slice(-2)
  assert.equal(last[0], '\u001b[2A\r\u001b[J')
  assert.equal(last[1]?.split('\n')[0], 'example.com/a: downloaded 5.0M in 2.0 s')
  b.end('failed')
  assert.equal(written.at(-1), '\u001b[1A\r\u001b[J')
})

test('bars are redrawn at most every 100 ms, not during a pause, and no wider than the terminal', () => {
  const written: string[] = []
  const progress = barProgress(
    (text) => written.push(text),
    () => 30,
    now,
  )
  clock.now = 0
  const task = progress.start({ ...download, image: 'example.com/a-name-that-is-much-too-long' })
  task.update(1, 100)
  const drawn = written.length
  clock.now = 50
  task.update(2, 100)
  assert.equal(written.length, drawn)
  assert.ok((written.at(-1) ?? '').length <= 30)
  const pause = progress.pause()
  const erased = written.length
  clock.now = 500
  task.update(50, 100)
  assert.equal(written.length, erased)
  pause[Symbol.dispose]()
  task.update(60, 100)
  assert.ok(written.length > erased)
})

test('plain: a line when a download begins and when it ends, none for reading and decrypting', () => {
  const lines: string[] = []
  const progress = plainProgress((line) => lines.push(line), now)
  clock.now = 0
  for (const kind of ['read', 'decrypt'] as const) {
    const quiet = progress.start({ image: '/a.aci', kind })
    quiet.update(1, 2)
    quiet.end('done')
  }
  const task = progress.start(download)
  task.update(0, 3 * MiB)
  task.update(3 * MiB, 3 * MiB)
  clock.now = 75_000
  task.end('done')
  progress.start(download).end('unchanged')
  progress.start(download).end('failed')
  assert.deepEqual(lines, [
    'example.com/a: downloading https://example.com/a.aci (3.0M)',
    'example.com/a: downloaded 3.0M in 1 min 15 s',
    'example.com/a: unchanged on the server',
  ])
})

test('json: start, some progress, end with the last bytes', () => {
  const lines: string[] = []
  const progress = jsonProgress((line) => lines.push(line), now)
  clock.now = 0
  const task = progress.start(download)
  for (let bytes = 0; bytes < 5; bytes++) task.update(bytes, 5)
  clock.now = 200
  task.update(5, 5)
  task.end('done')
  const fields = { image: 'example.com/a', kind: 'download' }
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      { event: 'start', ...download },
      { event: 'progress', ...fields, bytes: 0, total: 5 },
      { event: 'progress', ...fields, bytes: 5, total: 5 },
      { event: 'end', ...fields, outcome: 'done', bytes: 5, total: 5 },
    ],
  )
})
