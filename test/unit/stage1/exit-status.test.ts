import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { AppExit } from '#schema/status.js'
import { firstFailure, podStatus } from '../../../stage1/exit-status.js'

const exit = (fields: Partial<AppExit>): AppExit => ({
  code: 'exited',
  status: 0,
  result: 'success',
  finishedAt: '0',
  monotonic: '1',
  ...fields,
})

test('the pod’s status is that of the app which failed first, not of the first in the list or in the alphabet', () => {
  const first = firstFailure([
    { app: 'a', exit: exit({ status: 3, monotonic: '1000' }) },
    { app: 'b', exit: exit({ status: 4, monotonic: '999' }) },
    { app: 'c', exit: exit({ monotonic: '1' }) },
    { app: 'd', exit: undefined },
  ])
  assert.equal(first?.app, 'b')
  assert.equal(podStatus(first), 4)
})

test('an app whose end is not known has failed, but after all others', () => {
  const first = firstFailure([{ app: 'a', exit: undefined }])
  assert.equal(first?.app, 'a')
  assert.equal(podStatus(first), 254)
  assert.equal(firstFailure([{ app: 'a', exit: exit({}) }]), undefined)
})
