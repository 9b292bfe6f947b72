import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { move, podAt } from '../../../stage0/pod/pod.js'
import { waitUntilStopped } from '../../../stage0/pod/wait.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate, hold } from '../../helpers/fabricated-pods.js'

/**
 * Tells whether a promise settles within 50 turns of the event loop, enough for all work without
 * waiting.
 */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  void promise.then(() => (settled = true))
  for (let turns = 0; turns < 50; turns += 1) await turn()
  return settled
}

describe('waiting for the end of a pod', { skip: needsRoot }, () => {
  for (const [place, activity] of [
    ['prepare', 'is being prepared'],
    ['run', 'runs'],
  ] as const) {
    test(`one that ${activity} is waited for, until its lock is free`, async (t) => {
      const dir = emptyDataDir(t)
      const uuid = fabricate(dir, place)
      const { release } = hold(t, dir.pod(place, uuid))
      const waiting = waitUntilStopped(dir, uuid)
      assert.equal(await settles(waiting), false)
      release()
      assert.equal(await waiting, true)
    })
  }

  test('one that moves from its preparation into its run is waited for until its run ends', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = fabricate(dir, 'prepare')
    const { release } = hold(t, dir.pod('prepare', uuid))
    const waiting = waitUntilStopped(dir, uuid)
    move(dir, podAt(dir, 'prepare', uuid), 'run')
    assert.equal(await settles(waiting), false)
    release()
    assert.equal(await waiting, true)
  })

  for (const place of ['prepare', 'prepared', 'run', 'exited-garbage'] as const) {
    test(`one in ${place} that nobody works on is not waited for`, async (t) => {
      const dir = emptyDataDir(t)
      assert.equal(await waitUntilStopped(dir, fabricate(dir, place)), true)
    })
  }

  test('one that is nowhere is not waited for', async (t) => {
    assert.equal(await waitUntilStopped(emptyDataDir(t), '00000000-0000-4000-8000-000000000000'), true)
  })

  test('ends after the limit', async (t) => {
    const dir = emptyDataDir(t)
    const uuid = fabricate(dir, 'run')
    hold(t, dir.pod('run', uuid))
    assert.equal(await waitUntilStopped(dir, uuid, 1), false)
  })
})
