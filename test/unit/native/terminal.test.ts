import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { describe, test } from 'node:test'
import { native } from '#native'

/** What stty says of the size of the terminal at `path`. */
const size = (path: string) => {
  const fd = openSync(path, 'r+')
  const { stdout } = spawnSync('stty', ['size'], { stdio: [fd, 'pipe', 'inherit'], encoding: 'utf8' })
  closeSync(fd)
  return stdout
}

describe('terminals', () => {
  test('a new one has the size asked for, and another when it is resized', () => {
    const { fd, path } = native.openTerminal(24, 80)
    assert.match(path, /^\/dev\/pts\/\d+$/)
    assert.equal(size(path), '24 80\n')
    native.resizeTerminal(fd, 50, 132)
    assert.equal(size(path), '50 132\n')
    closeSync(fd)
  })

  test('a size no terminal has, and a descriptor that is none, are refused', () => {
    assert.throws(() => native.openTerminal(70_000, 80), { code: 'ERANGE', message: /^terminal size 70000x80: / })
    const fd = openSync('/dev/null', 'r')
    assert.throws(() => native.resizeTerminal(fd, 24, 80), { code: 'ENOTTY' })
    closeSync(fd)
    assert.throws(() => native.resizeTerminal(-1, 24, 80), { code: 'EBADF' })
  })
})
