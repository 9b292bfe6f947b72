import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isErrno } from '#schema/errors.js'
import { moveIn } from '../../../stage0/files/move-in.js'
import { removeAtomically } from '../../../stage0/files/remove-atomically.js'
import { scratch } from '../../helpers/scratch.js'

describe('a directory that is moved in', () => {
  test('is there with its content', (t) => {
    const directory = scratch(t)
    const [from, to] = [join(directory, 'from'), join(directory, 'to')]
    mkdirSync(from)
    writeFileSync(join(from, 'file'), '')
    assert.equal(moveIn(from, to), true)
    assert.deepEqual(readdirSync(to), ['file'])
    assert.equal(existsSync(from), false)
  })

  test('does not replace a directory with content, and stays in its place', (t) => {
    const directory = scratch(t)
    const [from, to] = [join(directory, 'from'), join(directory, 'to')]
    for (const path of [from, to]) mkdirSync(path)
    writeFileSync(join(to, 'earlier'), '')
    assert.equal(moveIn(from, to), false)
    assert.deepEqual(readdirSync(to), ['earlier'])
    assert.ok(existsSync(from))
  })

  test('fails where there is none', (t) => {
    const directory = scratch(t)
    assert.throws(
      () => moveIn(join(directory, 'from'), join(directory, 'to')),
      (error) => isErrno(error, 'ENOENT'),
    )
  })
})

test('a directory that is removed atomically leaves nothing in its place and nothing in the staging directory', (t) => {
  const directory = scratch(t)
  const [path, staging] = [join(directory, 'path'), join(directory, 'staging')]
  mkdirSync(join(path, 'below'), { recursive: true })
  mkdirSync(staging)
  removeAtomically(path, staging)
  assert.deepEqual(readdirSync(directory), ['staging'])
  assert.deepEqual(readdirSync(staging), [])
})
