import assert from 'node:assert/strict'
import { fstatSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isErrno, RuntimeError } from '#schema/errors.js'
import { unlessMissing } from '../../../stage0/files/missing.js'
import { readBytes, withFile } from '../../../stage0/files/open.js'
import { orRefuse } from '../../../stage0/files/refuse.js'
import { scratch } from '../../helpers/scratch.js'

const refused = (path: string) => (error: unknown) =>
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
    assert.throws(() => readBytes(path), refused(path))
    await assert.rejects(
      withFile(path, () => assert.fail('was used')),
      refused(path),
    )
  })

  test('is closed when its use fails, whose error stays what it is', async (t) => {
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

test('what is refused already is not refused again', () => {
  const own = new RuntimeError('POD_NOT_FOUND', 'own words')
  assert.throws(
    () =>
      orRefuse('subject', () => {
        throw own
      }),
    (error) => error === own,
  )
})

describe('a file that may be missing', () => {
  test('gives what stands for it', (t) => {
    const path = join(scratch(t), 'none')
    assert.equal(
      unlessMissing(() => readFileSync(path, 'utf8'), null),
      null,
    )
    writeFileSync(path, 'text')
    assert.equal(
      unlessMissing(() => readFileSync(path, 'utf8'), null),
      'text',
    )
  })

  test('fails otherwise, unless that error was named', (t) => {
    const read = (): string => readFileSync(scratch(t), 'utf8')
    assert.throws(
      () => unlessMissing(read, null),
      (error) => isErrno(error, 'EISDIR'),
    )
    assert.equal(unlessMissing(read, null, ['EISDIR']), null)
  })
})
