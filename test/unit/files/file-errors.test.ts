import assert from 'node:assert/strict'
import { fstatSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { ignoreMissing } from '../../../stage0/files/missing.js'
import { readBytes, withFile } from '../../../stage0/files/open.js'
import { wrapFileErrors } from '../../../stage0/files/file-errors.js'
import { scratch } from '../../helpers/scratch.js'

const isUnreadable = (path: string) => (error: unknown) =>
  error instanceof RuntimeError &&
  error.code === 'FILE_UNREADABLE' &&
  error.message === `${path}: no such file or directory` &&
  isErrno(error.cause, 'ENOENT')

describe('a file that a user named', () => {
  test('is read', async (t) => {
    const path = join(scratch(t), 'file')
    writeFileSync(path, 'text')
    assert.equal(readBytes(path).toString(), 'text')
    assert.equal(await withFile(path, (fd) => Promise.resolve(readFileSync(fd, 'utf8'))), 'text')
  })

  test('is refused by its name where there is none', async (t) => {
    const path = join(scratch(t), 'none')
    assert.throws(() => readBytes(path), isUnreadable(path))
    await assert.rejects(
      withFile(path, () => assert.fail('was used')),
      isUnreadable(path),
    )
  })

  test('is closed when its use fails, and the error passes unchanged', async (t) => {
    const path = join(scratch(t), 'file')
    writeFileSync(path, '')
    let used = -1
    await assert.rejects(
      withFile(path, (fd) => {
        used = fd
        return Promise.reject(new Error('broken'))
      }),
      /^Error: broken$/,
    )
    assert.throws(
      () => fstatSync(used),
      (error) => isErrno(error, 'EBADF'),
    )
  })
})

test('an error of appc passes unchanged', () => {
  const original = new RuntimeError('POD_NOT_FOUND', 'own words')
  assert.throws(
    () =>
      wrapFileErrors('subject', () => {
        throw original
      }),
    (error) => error === original,
  )
})

describe('a file that may be missing', () => {
  test('gives the fallback where it is missing, else its text', (t) => {
    const path = join(scratch(t), 'none')
    assert.equal(
      ignoreMissing(() => readFileSync(path, 'utf8'), null),
      null,
    )
    writeFileSync(path, 'text')
    assert.equal(
      ignoreMissing(() => readFileSync(path, 'utf8'), null),
      'text',
    )
  })

  test('fails with any other error, unless the caller names its code', (t) => {
    const read = (): string => readFileSync(scratch(t), 'utf8')
    assert.throws(
      () => ignoreMissing(read, null),
      (error) => isErrno(error, 'EISDIR'),
    )
    assert.equal(ignoreMissing(read, null, ['EISDIR']), null)
  })
})
