import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { CODES, type Failure } from '#schema/errors.js'
import { COMMANDS } from '../../../stage0/cli/commands.js'
import { errorCodes } from '../../../scripts/error-codes.js'

test('docs/errors.md has every code, its exit status and its next command (scripts/docs writes it)', () => {
  assert.equal(readFileSync(resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8'), errorCodes())
})

test('the commands that help are commands of appc', () => {
  const rows: readonly [string, Failure][] = Object.entries(CODES)
  for (const [code, { next = '' }] of rows) {
    for (const [, words = ''] of next.matchAll(/\bappc ([a-z -]+)/g)) {
      const [first = '', second = ''] = words.split(' ')
      assert.ok(Object.hasOwn(COMMANDS, first) || Object.hasOwn(COMMANDS, `${first} ${second}`), `${code}: ${next}`)
    }
  }
})
