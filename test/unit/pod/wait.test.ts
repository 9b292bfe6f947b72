import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { move, podAt } from '../../../stage0/pod/pod.js'
import { untilStopped } from '../../../stage0/pod/wait.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate, hold } from '../../helpers/fabricated-pods.js'

/** Tells whether a promise has settled after the loop has turned often enough for all that needs no waiting. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  void promise.then(() => (settled = true))
  for (let turns = 0; turns < 50; turns += 1) await turn()
  return settled
}

describe('waiting for the end of a pod', { skip: needsRoot }, () => {
  for (const [place, doing] of [
    ['prepare', 'is being prepared'],
    ['run', 'runs'],
  ] as const) {
    test(`one that ${doing} is waited for, until its lock is free`, async (t) => {
      const dir = emptyDataDir(t)
      const uuid = fabricate(dir, place)
      const { release } = hold(t, dir.pod(place, uuid))
      const waiting = untilStopped(dir, uuid)
      assert.equal(await settles(waiting), false)
      release()
      assert.equal(await waiting, true)
    })
  }

  test('one that moves from its preparation into its run is waited for on', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = fabricate(dir, 'prepare')
    const { release } = hold(t, dir.pod('prepare', uuid))
    const waiting = untilStopped(dir, uuid)
    move(dir, podAt(dir, 'prepare', uuid), 'run')
    assert.equal(await settles(waiting), false)
    release()
    assert.equal(await waiting, true)
  })

  for (const place of ['prepare', 'prepared', 'run', 'exited-garbage'] as const) {
    test(`one in ${place} that nobody works on is not waited for`, async (t) => {
      const dir = emptyDataDir(t)
      assert.equal(await untilStopped(dir, fabricate(dir, place)), true)
    })
  }

  test('one that is nowhere is not waited for', async (t) => {
    assert.equal(await untilStopped(emptyDataDir(t), '00000000-0000-4000-8000-000000000000'), true)
  })

  test('no longer than it is told', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = fabricate(dir, 'run')
    hold(t, dir.pod('run', uuid))
    assert.equal(await untilStopped(dir, uuid, 1), false)
  })
})
