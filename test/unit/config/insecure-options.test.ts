import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InsecureOptions, parseInsecureOptions, SECURE } from '../../../stage0/config/insecure-options.js'

const CASES: readonly (readonly [words: string, off: readonly (keyof InsecureOptions)[]])[] = [
  ['none', []],
  ['image', ['image']],
  ['tls', ['tls']],
  ['http', ['http']],
  ['pubkey', ['pubkey']],
  ['ondisk', ['ondisk']],
  ['capabilities', ['capabilities']],
  ['image,http', ['image', 'http']],
  ['image, tls', ['image', 'tls']],
  ['none,image', ['image']],
  ['all-fetch', ['image', 'tls', 'http', 'pubkey']],
  ['all', ['image', 'tls', 'http', 'pubkey', 'ondisk', 'capabilities']],
]

for (const [words, off] of CASES) {
  test(`--insecure-options=${words} switches off ${off.join(', ') || 'nothing'}`, () => {
    const expected = Object.fromEntries(
      Object.keys(SECURE).map((name) => [name, off.some((switchedOff) => switchedOff === name)]),
    )
    assert.deepEqual(parseInsecureOptions(words), expected)
  })
}

test('unknown words, and words that appc does not support yet, are refused', () => {
  const hint = 'one of: none, image, tls, http, pubkey, ondisk, capabilities, all-fetch, all'
  const assertRefused = (words: string, message: string): void =>
    assert.throws(() => parseInsecureOptions(words), { code: 'USAGE', message: `--insecure-options: ${message}`, hint })
  assertRefused('imgae', 'imgae is not known')
  assertRefused('', 'an empty word is not known')
  assertRefused('image,', 'an empty word is not known')
  assertRefused('toString', 'toString is not known')
  for (const word of ['paths', 'seccomp', 'all-run']) assertRefused(word, `${word} is not supported yet`)
})
