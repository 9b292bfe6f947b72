import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { native } from '#native'

const directory = mkdtempSync(join(tmpdir(), 'lock-'))
after(() => rmSync(directory, { recursive: true }))

/** Whether another process gets the lock at once. */
const free = (kind: '--shared' | '--exclusive') =>
  spawnSync('flock', [kind, '--nonblock', directory, 'true']).status === 0

const take = (mode: 'shared' | 'exclusive') => {
  const fd = native.tryLock(directory, mode)
  assert.ok(fd !== null)
  return fd
}

describe('locks', () => {
  test('an exclusive lock keeps all others out, until its descriptor is closed', () => {
    const fd = take('exclusive')
    assert.equal(native.tryLock(directory, 'shared'), null)
    assert.equal(free('--shared'), false)
    closeSync(fd)
    assert.equal(free('--exclusive'), true)
  })

  test('shared locks keep only an exclusive one out', () => {
    const fds = [take('shared'), take('shared')]
    assert.equal(native.tryLock(directory, 'exclusive'), null)
    assert.equal(free('--shared'), true)
    for (const fd of fds) closeSync(fd)
  })

  test('waiting for a lock gets it when it is released, and blocks nothing else meanwhile', async () => {
    const held = take('exclusive')
    let got = false
    const waiting = native.waitLock(directory, 'exclusive').then((fd) => {
      got = true
      return fd
    })
    await new Promise(setImmediate)
    assert.equal(got, false)
    closeSync(held)
    closeSync(await waiting)
  })

  test('a waiting process can end', () => {
    const script = `const { native } = await import('#native'); void native.waitLock(process.argv[1], 'exclusive'); setImmediate(() => process.exit(5))`
    const held = take('exclusive')
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

  test('a path that is not there is ENOENT, and named', async () => {
    const gone = join(directory, 'gone')
    const error = { code: 'ENOENT', message: `${gone}: no such file or directory` }
    assert.throws(() => native.tryLock(gone, 'shared'), error)
    await assert.rejects(native.waitLock(gone, 'shared'), error)
    await assert.rejects(native.syncFileSystem(gone), error)
    await native.syncFileSystem(directory)
  })

  test('a descriptor is inherited under exactly the number asked for, and no other is', () => {
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
