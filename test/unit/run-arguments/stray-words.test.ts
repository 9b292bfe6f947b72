import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { strayHint } from '../../../stage0/cli/run-arguments/stray-words.js'

describe('the hint for words after an image that are not images', () => {
  for (const [words, from, hint] of [
    [['a.aci', '-c', 'exit 3'], 1, "arguments of an app stand after --: appc run a.aci -- -c 'exit 3'"],
    [
      ['-d', 'a.aci', 'true'],
      2,
      'arguments of an app stand after --: appc run -d a.aci -- true; to run another program: appc run -d a.aci --exec=true',
    ],
    [
      ['a.aci', 'echo', "it's"],
      1,
      "arguments of an app stand after --: appc run a.aci -- echo 'it'\\''s'; " +
        "to run another program: appc run a.aci --exec=echo -- 'it'\\''s'",
    ],
  ] as const) {
    test(`appc run ${words.join(' ')}`, () => assert.equal(strayHint(words, from), hint))
  }
})
