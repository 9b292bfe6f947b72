import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isErrno } from '#schema/errors.js'
import { replaceFile } from '../../../stage0/files/replace.js'
import { scratch } from '../../helpers/scratch.js'

describe('a file is replaced atomically', () => {
  test('a missing file is created with its mode', (t) => {
    const directory = scratch(t)
    replaceFile(join(directory, 'file'), 'new', { mode: 0o600 })
    assert.equal(readFileSync(join(directory, 'file'), 'utf8'), 'new')
    assert.equal(statSync(join(directory, 'file')).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(directory), ['file'])
  })

  test('the old file stays complete for a process that has it open', (t) => {
    const path = join(scratch(t), 'file')
    writeFileSync(path, 'old')
    const { ino } = statSync(path)
    replaceFile(path, 'new', { mode: 0o600 })
    assert.equal(readFileSync(path, 'utf8'), 'new')
    assert.notEqual(statSync(path).ino, ino)
  })

  test('a draft that a crash left does no harm', (t) => {
    const directory = scratch(t)
    const [path, draft] = [join(directory, 'file'), join(directory, 'draft')]
    writeFileSync(draft, 'much more than what comes')
    replaceFile(path, 'new', { mode: 0o600, draft })
    assert.equal(readFileSync(path, 'utf8'), 'new')
    assert.deepEqual(readdirSync(directory), ['file'])
  })

  test('after an error no draft remains', (t) => {
    const directory = scratch(t)
    mkdirSync(join(directory, 'file'))
    assert.throws(
      () => {
        replaceFile(join(directory, 'file'), 'new', { mode: 0o600 })
      },
      (error) => isErrno(error, 'EISDIR', 'EEXIST'),
    )
    assert.deepEqual(readdirSync(directory), ['file'])
  })
})
