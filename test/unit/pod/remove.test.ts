import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { Leftovers } from '../../../stage0/pod/leftovers.js'
import { removePod } from '../../../stage0/pod/remove.js'
import { stopPod } from '../../../stage0/pod/stop.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { emptyDataDir, fabricate, hold } from '../../helpers/fabricated-pods.js'

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof RuntimeError && error.code === 'POD_STATE' && message.test(error.message)

describe('rm', { skip: needsRoot }, () => {
  for (const place of ['prepare', 'prepared', 'run', 'exited-garbage'] as const) {
    test(`removes a pod nobody works on from ${place}`, async (t) => {
      const dir = emptyDataDir(t)
      const uuid = fabricate(dir, place)
      assert.equal(await removePod(dir, uuid.slice(0, 8), new Leftovers(dir)), uuid)
      for (const other of [place, 'garbage', 'exited-garbage'] as const)
        assert.equal(existsSync(dir.pod(other, uuid)), false)
    })
  }

  for (const [place, message] of [
    ['prepare', /: is being prepared by another appc$/],
    ['run', /: is running$/],
    ['exited-garbage', /: is being removed by another appc$/],
  ] as const) {
    test(`refuses one somebody holds in ${place}`, async (t) => {
      const dir = emptyDataDir(t)
      const uuid = fabricate(dir, place)
      hold(t, dir.pod(place, uuid))
      await assert.rejects(removePod(dir, uuid, new Leftovers(dir)), refused(message))
      assert.ok(existsSync(dir.pod(place, uuid)))
    })
  }
})

describe('stop', { skip: needsRoot }, () => {
  test('of a pod that has stopped is no failure', async (t) => {
    const dir = emptyDataDir(t)
    for (const place of ['run', 'exited-garbage'] as const) {
      const uuid = fabricate(dir, place)
      assert.deepEqual(await stopPod(dir, uuid, false), { uuid, already: true, notes: [] })
    }
  })

  test('of a pod that never ran is refused', async (t) => {
    const dir = emptyDataDir(t)
    await assert.rejects(stopPod(dir, fabricate(dir, 'prepared'), false), refused(/: is not running \(prepared\)$/))
    await assert.rejects(stopPod(dir, fabricate(dir, 'prepare'), false), refused(/\(aborted-prepare\)$/))
  })
})
