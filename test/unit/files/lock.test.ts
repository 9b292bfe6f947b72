import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { isErrno } from '#schema/errors.js'
import { native } from '#native'
import { type Lock, lockNow, lockState, lockWhenFree, underLock } from '../../../stage0/files/lock.js'
import { scratch } from '../../helpers/scratch.js'

function directory(t: TestContext): string {
  const path = join(scratch(t), 'locked')
  mkdirSync(path)
  return path
}

function acquired(lock: Lock | string): Lock {
  assert.ok(typeof lock !== 'string')
  return lock
}

/**
 * Runs `action` once, between the opening of a path and the check that the path still leads to the
 * locked file.
 */
function afterOpen(t: TestContext, action: () => void): void {
  const lock = native.tryLock.bind(native)
  t.mock.method(native, 'tryLock', (path: string, mode: 'shared' | 'exclusive') => {
    const fd = lock(path, mode)
    t.mock.restoreAll()
    action()
    return fd
  })
}

const descriptors = (): number => readdirSync('/proc/self/fd').length

describe('a lock', () => {
  test('excludes others until it is released; the second release does nothing', (t) => {
    const path = directory(t)
    const lock = acquired(lockNow(path, 'exclusive'))
    assert.equal(lockNow(path, 'shared'), 'held')
    assert.equal(lockState(path, 'shared'), 'held')
    lock.release()
    const next = acquired(lockNow(path, 'exclusive'))
    // the descriptor's number is now the next lock's
    lock.release()
    assert.equal(lockState(path, 'shared'), 'held')
    next.release()
    assert.equal(lockState(path, 'exclusive'), 'free')
  })

  test('of the shared kind excludes an exclusive one alone', (t) => {
    const path = directory(t)
    const lock = acquired(lockNow(path, 'shared'))
    assert.equal(lockState(path, 'exclusive'), 'held')
    assert.equal(lockState(path, 'shared'), 'free')
    lock.release()
  })

  test('stays with its directory when that is renamed', (t) => {
    const path = directory(t)
    const lock = acquired(lockNow(path, 'exclusive'))
    renameSync(path, `${path}-renamed`)
    assert.equal(lockState(path, 'exclusive'), 'missing')
    assert.equal(lockState(`${path}-renamed`, 'exclusive'), 'held')
    lock.release()
  })

  test('is waited for while somebody else holds it', async (t) => {
    const path = directory(t)
    const lock = acquired(lockNow(path, 'exclusive'))
    const waiting = lockWhenFree(path, 'exclusive')
    lock.release()
    acquired(await waiting).release()
  })
})

describe('nothing is locked', () => {
  test('where the path leads to nothing', async (t) => {
    const path = join(scratch(t), 'none')
    assert.equal(lockNow(path, 'exclusive'), 'missing')
    assert.equal(await lockWhenFree(path, 'exclusive'), 'missing')
  })

  test('where the directory was replaced meanwhile: the newer one stays free', (t) => {
    const path = directory(t)
    afterOpen(t, () => {
      renameSync(path, `${path}-away`)
      mkdirSync(path)
    })
    const before = descriptors()
    assert.equal(lockNow(path, 'exclusive'), 'moved')
    assert.equal(descriptors(), before)
    assert.equal(lockState(path, 'exclusive'), 'free')
  })

  test('where the directory was removed meanwhile', (t) => {
    const path = directory(t)
    afterOpen(t, () => rmdirSync(path))
    assert.equal(lockNow(path, 'exclusive'), 'moved')
  })

  test('where the holder of the lock has replaced the directory', async (t) => {
    const path = directory(t)
    const lock = acquired(lockNow(path, 'exclusive'))
    t.mock.method(native, 'waitLock', (...parameters: Parameters<typeof native.tryLock>) => {
      lock.release()
      const fd = native.tryLock(...parameters)
      renameSync(path, `${path}-away`)
      mkdirSync(path)
      return Promise.resolve(fd)
    })
    assert.equal(await lockWhenFree(path, 'exclusive'), 'moved')
    assert.equal(lockState(path, 'exclusive'), 'free')
  })

  test('where the path cannot be opened: the reason is given', (t) => {
    const path = directory(t)
    writeFileSync(join(path, 'file'), '')
    assert.throws(
      () => lockNow(join(path, 'file/below'), 'shared'),
      (error) => isErrno(error, 'ENOTDIR'),
    )
  })
})

describe('an action under a lock', () => {
  test('runs while other locks are excluded, and its value is returned', async (t) => {
    const path = directory(t)
    assert.equal(await underLock(path, () => lockState(path, 'shared')), 'held')
    assert.equal(lockState(path, 'exclusive'), 'free')
  })

  test('waits until the lock is free', async (t) => {
    const path = directory(t)
    const lock = acquired(lockNow(path, 'exclusive'))
    const order: string[] = []
    const done = underLock(path, () => order.push('second'))
    order.push('first')
    lock.release()
    await done
    assert.deepEqual(order, ['first', 'second'])
  })

  test('fails without keeping the lock', async (t) => {
    const path = directory(t)
    await assert.rejects(
      underLock(path, () => Promise.reject(new Error('broken'))),
      /broken/,
    )
    assert.equal(lockState(path, 'exclusive'), 'free')
  })
})
