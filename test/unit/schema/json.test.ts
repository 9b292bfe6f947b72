import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { Place } from '#schema/check.js'
import { parseJSON } from '#schema/json.js'

const faultOf = (source: string | Uint8Array): string => {
  const at = new Place()
  assert.equal(parseJSON(source, at), null)
  return at.problems.map(({ message }) => message).join('; ')
}

describe('text that is no JSON: line, column and what was expected there', () => {
  for (const [text, fault] of [
    ['', 'line 1, column 1: expected a value, got the end of the text'],
    ['\n\n', 'line 3, column 1: expected a value, got the end of the text'],
    ['{', 'line 1, column 2: expected a field name in quotes or "}", got the end of the text'],
    ['[1,\n  2,\n  ]', 'line 3, column 3: expected a value, got "]"'],
    ['{"a": 1,}', 'line 1, column 9: expected a field name in quotes, got "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", got "1"'],
    ['{"a":\n1\n"b": 2}', 'line 3, column 1: expected "," or a closing bracket, got a string'],
    ["{'a': 1}", 'line 1, column 2: expected a field name in quotes or "}", got "\'"'],
    ['{a: 1}', 'line 1, column 2: expected a field name in quotes or "}", got "a"'],
    ['[1 2]', 'line 1, column 4: expected "," or a closing bracket, got "2"'],
    ['[}', 'line 1, column 2: expected a value or "]", got "}"'],
    ['{"a":1]', 'line 1, column 7: expected "," or a closing bracket, got "]"'],
    ['01', 'line 1, column 1: expected a value, got "01"'],
    ['truely', 'line 1, column 1: expected a value, got "truely"'],
    ['nul', 'line 1, column 1: expected a value, got "nul"'],
    ['1 1', 'line 1, column 3: expected nothing more, got "1"'],
    [
      '"a\nb"',
      'line 1, column 1: expected a value, got a string that never ends, or with a raw control character or bad escape',
    ],
    [
      '"\\x"',
      'line 1, column 1: expected a value, got a string that never ends, or with a raw control character or bad escape',
    ],
    ['// hi\n{}', 'line 1, column 1: expected a value, got "/"'],
    ['["\u007f\u0085", 1 2]', 'line 1, column 10: expected "," or a closing bracket, got "2"'],
    ['\ufeff{}', 'line 1, column 1: expected a value, got "\ufeff"'],
  ] as const) {
    test(JSON.stringify(text), () => {
      assert.equal(faultOf(text), fault)
    })
  }

  test('every cut of good JSON has a fault at its end', () => {
    const text = '{"a": [1, -2.5e+3, true, {"b": null, "c\\n\\u00e4": "d"}], "e": {}}'
    for (let length = 0; length < text.length; length += 1) {
      assert.match(faultOf(text.slice(0, length)), /^line 1, column \d+: expected .*, got /)
    }
  })
})

test('bytes are UTF-8, or refused', () => {
  const at = new Place()
  assert.deepEqual(parseJSON(new TextEncoder().encode('"ä"'), at), { value: 'ä' })
  assert.equal(faultOf(Uint8Array.of(0x22, 0xff, 0x22)), 'not UTF-8')
  assert.match(faultOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d)), /^line 1, column 1: expected a value/)
})

test('nesting beyond 1000 levels is refused, brackets in strings do not count', () => {
  assert.equal(faultOf('['.repeat(100_000)), 'nested deeper than 1000 levels')
  assert.equal(faultOf(`{"a":`.repeat(1001)), 'nested deeper than 1000 levels')
  assert.deepEqual(parseJSON(JSON.stringify('["\\'.repeat(5000)), new Place())?.value, '["\\'.repeat(5000))
  assert.ok(parseJSON(`${'['.repeat(1000)}${']'.repeat(1000)}`, new Place()))
})
