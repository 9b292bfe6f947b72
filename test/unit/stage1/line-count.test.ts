import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { LineCount } from '../../../stage1/journal/line-count.js'

test('what journald dropped is asked for from 100 lines on; its usual limit holds for each stream', () => {
  const count = new LineCount('host')
  count.add({ stdout: 99, stderr: 0 })
  assert.deepEqual([count.isMuch, count.reachedLimit], [false, false])
  count.add({ stdout: 9000, stderr: 9999 })
  assert.deepEqual([count.isMuch, count.reachedLimit], [true, false])
  count.add({ stdout: 901, stderr: 0 })
  assert.equal(count.reachedLimit, true)
})

test('the operator’s limit is the one that counts, in its own time', (t) => {
  t.mock.timers.enable({ apis: ['Date'] })
  const count = new LineCount({ interval: 1000, burst: 10 })
  count.add({ stdout: 9, stderr: 0 })
  t.mock.timers.tick(1001)
  count.add({ stdout: 9, stderr: 0 })
  assert.deepEqual([count.isMuch, count.reachedLimit], [true, false])
  count.add({ stdout: 1, stderr: 0 })
  assert.equal(count.reachedLimit, true)
})
