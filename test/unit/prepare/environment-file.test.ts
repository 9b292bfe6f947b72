import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { parseEnvironmentFile } from '../../../stage0/prepare/environment-file.js'

const parse = (text: string) => [...parseEnvironmentFile(text, 'env')]

describe('--set-env-file', () => {
  const good: readonly (readonly [string, string, readonly (readonly [string, string])[]])[] = [
    ['is empty', '', []],
    ['has comments and empty lines', '# a\n; b\n\n  # c\n\t\n', []],
    ['has no newline at the end', 'A=1', [['A', '1']]],
    ['has values with = and #', 'A=b=c # d\n', [['A', 'b=c # d']]],
    ['has quotes, which are part of the value', 'A="b"\n', [['A', '"b"']]],
    ['keeps blanks of a value', 'A= b \n', [['A', ' b ']]],
    ['has empty values', 'A=\n', [['A', '']]],
    [
      'was written on another system',
      'A=1\r\nB=2\r\n',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    ['is indented', '  A=1\n', [['A', '1']]],
  ]
  for (const [property, text, expected] of good) test(property, () => assert.deepEqual(parse(text), expected))

  const bad: readonly (readonly [string, RegExp])[] = [
    ['A=1\nB\n', /^env:2: expected NAME=VALUE$/],
    ['=1\n', /^env:1: the name is empty$/],
    ['A=1\n#\nA=2\n', /^env:3: A: set twice$/],
    ['export A=1\n', /^env:1: export A: a name is letters/],
    ['A=\0\n', /^env:1: A: a value cannot hold a zero byte$/],
  ]
  for (const [text, message] of bad) {
    test(`refused: ${JSON.stringify(text)}`, () =>
      assert.throws(
        () => parse(text),
        (error) => error instanceof RuntimeError && error.code === 'USAGE' && message.test(error.message),
      ))
  }
})
