import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { describe, test } from 'node:test'
import { native } from '#native'

/** The size of the terminal at `path`, as stty shows it. */
const size = (path: string) => {
  const fd = openSync(path, 'r+')
  const { stdout } = spawnSync('stty', ['size'], { stdio: [fd, 'pipe', 'inherit'], encoding: 'utf8' })
  closeSync(fd)
  return stdout
}

describe('terminals', () => {
  test('a new terminal has the requested size, and the new one after it is resized', () => {
    const { fd, path } = native.openTerminal(24, 80)
    assert.match(path, /^\/dev\/pts\/\d+$/)
    assert.equal(size(path), '24 80\n')
    native.resizeTerminal(fd, 50, 132)
    assert.equal(size(path), '50 132\n')
    closeSync(fd)
  })

  test('an impossible size, and a descriptor that is not a terminal, are refused', () => {
    assert.throws(() => native.openTerminal(70_000, 80), { code: 'ERANGE', message: /^terminal size 70000x80: / })
    const fd = openSync('/dev/null', 'r')
    assert.throws(() => native.resizeTerminal(fd, 24, 80), { code: 'ENOTTY' })
    closeSync(fd)
    assert.throws(() => native.resizeTerminal(-1, 24, 80), { code: 'EBADF' })
  })
})
