import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { retryAfter } from '../../../stage0/http/retry-after.js'
import { statusError } from '../../../stage0/http/status.js'

const NOW = Date.parse('2015-10-21T07:28:00Z')

const CASES: readonly (readonly [field: string | undefined, milliseconds: number | undefined])[] = [
  [undefined, undefined],
  ['0', 0],
  ['120', 120_000],
  ['Wed, 21 Oct 2015 07:29:00 GMT', 60_000],
  ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
]

for (const [field, milliseconds] of CASES) {
  test(`Retry-After: ${field ?? 'none'}`, () => assert.equal(retryAfter(field, NOW), milliseconds))
}

test('a server that wants to be left alone for long is not asked again', () => {
  const { transient, hint } = statusError(new URL('https://example.com/a.aci'), 503, { 'retry-after': '3600' })
  assert.deepEqual([transient, hint], [false, 'the server asks to try again in 3600 s'])
})

test('one that wants a moment is', () => {
  const { transient, retryAfter: wait } = statusError(new URL('https://example.com/a.aci'), 429, { 'retry-after': '2' })
  assert.deepEqual([transient, wait], [true, 2000])
})
