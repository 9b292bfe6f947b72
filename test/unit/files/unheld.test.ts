import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { lockNow, lockState } from '../../../stage0/files/lock.js'
import { whereUnheld } from '../../../stage0/files/unheld.js'
import { scratch } from '../../helpers/scratch.js'

describe('something is done with a directory', () => {
  test('under its exclusive lock where nobody holds it', (t) => {
    const path = scratch(t)
    assert.equal(
      whereUnheld(path, () => lockState(path, 'shared') === 'held'),
      true,
    )
    assert.equal(lockState(path, 'exclusive'), 'free')
  })

  test('not where somebody holds it, even with a shared lock', (t) => {
    const path = scratch(t)
    const lock = lockNow(path, 'shared')
    assert.ok(typeof lock !== 'string')
    assert.equal(
      whereUnheld(path, () => assert.fail('was done')),
      false,
    )
    lock.release()
  })

  test('not where it is gone, or goes while it is looked at', (t) => {
    const path = join(scratch(t), 'none')
    assert.equal(
      whereUnheld(path, () => assert.fail('was done')),
      false,
    )
    mkdirSync(path)
    assert.equal(
      whereUnheld(path, () => readdirSync(join(path, 'gone')).length === 0),
      false,
    )
    assert.equal(lockState(path, 'exclusive'), 'free')
  })
})
