import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHelp } from '../../../stage0/cli/run-arguments/help.js'
import { optionNames } from '../../../stage0/cli/run-arguments/find-option.js'

test('appc run --help shows every option once, in lines of at most 120 columns', () => {
  const lines = runHelp().split('\n')
  for (const name of optionNames()) {
    assert.equal(lines.filter((line) => new RegExp(`^ {2}(-[a-z], )?--${name}(=|\\s|$)`).test(line)).length, 1, name)
  }
  assert.deepEqual(
    lines.filter((line) => line.length > 120),
    [],
  )
})
