import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { AppExit } from '#schema/status.js'
import { firstFailure, podStatus, statusOf } from '../../../stage1/exit-status.js'

const exit = (fields: Partial<AppExit>): AppExit => ({
  code: 'exited',
  status: 0,
  result: 'success',
  finishedAt: '0',
  monotonic: '1',
  ...fields,
})

test('the status of an app is its own, 128 and the signal’s number, or its pre-start handler’s', () => {
  assert.equal(statusOf(exit({})), 0)
  assert.equal(statusOf(exit({ status: 7 })), 7)
  assert.equal(statusOf(exit({ code: 'killed', status: 'TERM' })), 143)
  assert.equal(statusOf(exit({ code: 'dumped', status: 'SEGV' })), 139)
  assert.equal(statusOf(exit({ code: null, status: null, preStart: 9 })), 9)
  assert.equal(statusOf(exit({ code: null, status: null, result: 'exit-code' })), 254)
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

test('an app of which nothing is known has failed, but after all others', () => {
  assert.equal(firstFailure([{ app: 'a', exit: undefined }])?.app, 'a')
  assert.equal(firstFailure([{ app: 'a', exit: exit({}) }]), undefined)
})
