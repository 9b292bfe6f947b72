import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { describe } from '../../../stage0/cli/report.js'
import { appc } from '../../helpers/run-cli.js'

test('a usage error without a hint gets the help of the command as hint', async () => {
  const result = await appc(['discover', '--port=0', 'example.com/app'])
  assert.equal(result.stderr, 'appc: discover: --port: 0 is not a number from 1 to 65535\nhint: appc discover --help\n')
  const error = new RuntimeError('USAGE', 'wrong', { hint: 'appc image list' })
  assert.deepEqual(describe(error, false, 'discover'), ['appc: wrong', 'hint: appc image list'])
  assert.deepEqual(describe(new RuntimeError('USAGE', 'wrong'), false), ['appc: wrong'])
})

test('a file that the kernel refuses gets a command that explains the reason as hint', () => {
  const failureOf = (code: string): RuntimeError => {
    const cause = Object.assign(new Error(`${code}: refused`), { code, path: '/some/directory/file' })
    return new RuntimeError('FILE_UNREADABLE', '/some/directory/file: refused', { cause })
  }
  const hint = (code: string): string | undefined => describe(failureOf(code), false, 'fetch')[1]
  assert.equal(hint('EACCES'), 'hint: namei --long /some/directory')
  assert.equal(hint('EROFS'), 'hint: findmnt --target /some/directory')
  assert.equal(hint('EIO'), 'hint: journalctl --dmesg --priority=err')
  assert.equal(hint('ENOENT'), undefined)
})

test('a failed system call without a file gets no hint about a directory', () => {
  const cause = Object.assign(new Error('EACCES: refused'), { code: 'EACCES' })
  assert.deepEqual(describe(new RuntimeError('FILE_UNREADABLE', 'x: refused', { cause }), false, 'fetch'), [
    'appc: x: refused',
  ])
})
