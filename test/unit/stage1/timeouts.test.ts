import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { AppExit } from '#schema/status.js'
import { stopTimeouts } from '../../../stage1/timeouts.js'
import { factsOf } from './facts.js'

const { spec } = factsOf({ one: {}, two: {} }, { bounds: { stopTimeout: 1500 } })
const exit = (changes: Partial<AppExit>): AppExit => ({
  code: 'exited',
  status: 0,
  result: 'success',
  finishedAt: '1',
  monotonic: '1',
  ...changes,
})
const told = (apps: Readonly<Record<string, AppExit>>) =>
  stopTimeouts(
    spec,
    (unit, limit) => limit === 1500 && unit.endsWith('-one.service'),
    (app) => apps[app],
  )

test('one line for an app and for a post-stop handler that was killed after its time; none for other apps', () => {
  const killed = exit({ code: 'killed', status: 'KILL', result: 'timeout' })
  assert.deepEqual(told({ one: killed, two: killed }), ['app one: did not end within 1.5 s after SIGTERM: killed'])
  assert.deepEqual(told({ one: exit({}) }), ['app one: its post-stop handler took longer than 1.5 s: killed'])
})

test('no line for an app that did not start in time: the verdict reports it', () =>
  assert.deepEqual(told({ one: exit({ code: null, status: null, result: 'timeout' }) }), []))
