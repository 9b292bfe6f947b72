import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { lockNow, lockState } from '../../../stage0/files/lock.js'
import { runUnlessLocked } from '../../../stage0/files/run-unless-locked.js'
import { scratch } from '../../helpers/scratch.js'

describe('an action on a directory runs', () => {
  test('under its exclusive lock where nobody holds it', (t) => {
    const path = scratch(t)
    assert.equal(
      runUnlessLocked(path, () => lockState(path, 'shared') === 'held'),
      true,
    )
    assert.equal(lockState(path, 'exclusive'), 'free')
  })

  test('not where somebody holds it, even with a shared lock', (t) => {
    const path = scratch(t)
    const lock = lockNow(path, 'shared')
    assert.ok(typeof lock !== 'string')
    assert.equal(
      runUnlessLocked(path, () => assert.fail('was done')),
      false,
    )
    lock.release()
  })

  test('not where the directory is missing, or is removed during the action', (t) => {
    const path = join(scratch(t), 'none')
    assert.equal(
      runUnlessLocked(path, () => assert.fail('was done')),
      false,
    )
    mkdirSync(path)
    assert.equal(
      runUnlessLocked(path, () => readdirSync(join(path, 'gone')).length === 0),
      false,
    )
    assert.equal(lockState(path, 'exclusive'), 'free')
  })
})
