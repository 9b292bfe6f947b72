import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visibleInJSON, visible, visibleJSON } from '#schema/visible.js'

const CASES: readonly (readonly [string, string])[] = [
  ['plain text, ä, 漢字, 🦀', 'plain text, ä, 漢字, 🦀'],
  ['C:\\path', 'C:\\path'],
  ['a\u001b[31mred', 'a\\x1b[31mred'],
  ['bell\u0007', 'bell\\x07'],
  ['one\ntwo\r\tthree', 'one\\ntwo\\r\\tthree'],
  ['NUL\0 DEL\u007f CSI\u009b', 'NUL\\x00 DEL\\x7f CSI\\x9b'],
  ['abc\u202egpj.exe\u2066', 'abc\\u202egpj.exe\\u2066'],
  ['\u200e\u2028\u061c', '\\u200e\\u2028\\u061c'],
]

for (const [text, shown] of CASES) {
  test(`${shown} is what is seen`, () => {
    assert.equal(visible(text), shown)
    assert.equal(visible(shown), shown, 'once is enough')
  })
}

test('JSON keeps its meaning and its lines, and hides nothing', () => {
  const value = { 'a\u009b': 'x\u007f\u202e\n\u001b' }
  assert.equal(visibleJSON(value), '{"a\\u009b":"x\\u007f\\u202e\\n\\u001b"}')
  assert.deepEqual(JSON.parse(visibleJSON(value, '\t')), value)
  assert.equal(visibleInJSON('{\n\t"a": 1\n}'), '{\n\t"a": 1\n}')
})
