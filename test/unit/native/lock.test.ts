import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { native } from '#native'

const directory = mkdtempSync(join(tmpdir(), 'lock-'))
after(() => rmSync(directory, { recursive: true }))

/** Whether another process can acquire the lock at once. */
const free = (kind: '--shared' | '--exclusive') =>
  spawnSync('flock', [kind, '--nonblock', directory, 'true']).status === 0

const acquire = (mode: 'shared' | 'exclusive') => {
  const fd = native.tryLock(directory, mode)
  assert.ok(fd !== null)
  return fd
}

describe('locks', () => {
  test('an exclusive lock excludes all others, until its descriptor is closed', () => {
    const fd = acquire('exclusive')
    assert.equal(native.tryLock(directory, 'shared'), null)
    assert.equal(free('--shared'), false)
    closeSync(fd)
    assert.equal(free('--exclusive'), true)
  })

  test('shared locks exclude only an exclusive one', () => {
    const fds = [acquire('shared'), acquire('shared')]
    assert.equal(native.tryLock(directory, 'exclusive'), null)
    assert.equal(free('--shared'), true)
    for (const fd of fds) closeSync(fd)
  })

  test('a waiting caller acquires the lock when it is released, and blocks nothing else meanwhile', async () => {
    const held = acquire('exclusive')
    let isAcquired = false
    const waiting = native.waitLock(directory, 'exclusive').then((fd) => {
      isAcquired = true
      return fd
    })
    await new Promise(setImmediate)
    assert.equal(isAcquired, false)
    closeSync(held)
    closeSync(await waiting)
  })

  test('a waiting process can end', () => {
    const script = `const { native } = await import('#native'); void native.waitLock(process.argv[1], 'exclusive'); setImmediate(() => process.exit(5))`
    const held = acquire('exclusive')
    const { status } = spawnSync(process.execPath, ['--eval', script, directory], {
      cwd: import.meta.dirname,
    })
    closeSync(held)
    assert.equal(status, 5)
  })

  test('a file is locked like a directory', () => {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    const fd = native.tryLock(file, 'exclusive')
    assert.ok(fd !== null)
    closeSync(fd)
  })

  test('a missing path is ENOENT, and the error names it', async () => {
    const missing = join(directory, 'gone')
    const error = { code: 'ENOENT', message: `${missing}: no such file or directory` }
    assert.throws(() => native.tryLock(missing, 'shared'), error)
    await assert.rejects(native.waitLock(missing, 'shared'), error)
    await assert.rejects(native.syncFileSystem(missing), error)
    await native.syncFileSystem(directory)
  })

  test('a descriptor is inherited under exactly the requested number, and no other is', () => {
    const script = `
      const { native } = await import('#native')
      const fd = native.tryLock(process.argv[1], 'exclusive')
      native.inheritFrom(3, [fd])
      native.execute('/bin/sh', ['sh', '-c', 'ls -l /proc/$$/fd | grep -o "[0-9]* -> $0"', process.argv[1]])`
    const out = execFileSync(process.execPath, ['--eval', script, directory], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    })
    assert.equal(out, `3 -> ${directory}\n`)
    assert.throws(() => native.inheritFrom(3, [9999]), { code: 'EBADF' })
    assert.throws(() => native.inheritFrom(3, [-1]), { code: 'EBADF' })
  })
})
