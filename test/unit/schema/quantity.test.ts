import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { quantityMillis, quantityUnits } from '#schema/quantity.js'

describe('SPEC T8: quantities', () => {
  const units: readonly (readonly [written: string | number, units: bigint])[] = [
    ['128974848', 128974848n],
    ['125952Ki', 128974848n],
    ['123Mi', 128974848n],
    [128974848, 128974848n],
    ['1k', 1000n],
    ['1K', 1000n],
    ['2M', 2_000_000n],
    ['2G', 2_000_000_000n],
    ['1T', 10n ** 12n],
    ['1P', 10n ** 15n],
    ['1E', 10n ** 18n],
    ['1Gi', 1n << 30n],
    ['1.5Gi', 3n << 29n],
    ['1Ti', 1n << 40n],
    ['1Pi', 1n << 50n],
    ['7Ei', 7n << 60n],
    ['9223372036854775807', (1n << 63n) - 1n],
    ['1e3', 1000n],
    ['12E2', 1200n],
    ['.5k', 500n],
    ['5.', 5n],
    ['+5', 5n],
    [' 5 ', 5n],
    ['0', 0n],
    ['0.1', 1n],
    ['1.0000000001', 2n],
  ]
  for (const [written, expected] of units) {
    test(`${JSON.stringify(written)} is ${expected} units`, () => {
      assert.equal(quantityUnits(written), expected)
    })
  }

  const millis: readonly (readonly [written: string | number, millis: bigint])[] = [
    ['0.3', 300n],
    ['300m', 300n],
    [0.3, 300n],
    ['250m', 250n],
    ['1', 1000n],
    ['1.5', 1500n],
    ['0.0001', 1n],
    ['1m', 1n],
    ['0.5m', 1n],
    ['5e-1', 500n],
  ]
  for (const [written, expected] of millis) {
    test(`${JSON.stringify(written)} is ${expected} thousandths`, () => {
      assert.equal(quantityMillis(written), expected)
    })
  }

  const none: readonly unknown[] = [
    '', ' ', 'G', '-1', '-1G', -1, '1 G', '1g', '1KiB', '1.2.3', '0x10', '1n', '1u', 'NaN', 'Infinity', '.', '1e', '1e+',
    '9223372036854775808', '8Ei', '1e19', '1e99', '1e999999999', '9'.repeat(1000), NaN, Infinity, 2 ** 53, true, null, [], {}, '1Zi', '１',
  ] // prettier-ignore
  for (const written of none) {
    test(`${JSON.stringify(written).slice(0, 40)} is no quantity`, () => {
      assert.equal(quantityMillis(written), undefined)
      assert.equal(quantityUnits(written), undefined)
    })
  }

  test('every form of the same number is the same quantity', () => {
    for (let seed = 1n; seed < 2000n; seed += 1n) {
      const number = (seed * 2654435761n) % 1_000_003n
      for (const [suffix, factor] of [
        ['k', 1000n],
        ['M', 10n ** 6n],
        ['Ki', 1024n],
        ['Mi', 1n << 20n],
      ] as const) {
        const whole = number * factor
        assert.equal(quantityUnits(`${number}${suffix}`), whole)
        assert.equal(quantityUnits(`${whole}`), whole)
        assert.equal(quantityMillis(`${whole}`), quantityMillis(`${whole * 1000n}m`))
      }
      const [kilos, rest] = [number / 1000n, (number % 1000n).toString().padStart(3, '0')]
      assert.equal(quantityUnits(`${kilos}.${rest}k`), number)
      assert.equal(quantityMillis(`${kilos}.${rest}`), number)
    }
  })

  test('rounding goes up to the next whole unit, never down', () => {
    for (let millis = 0n; millis <= 3000n; millis += 1n) {
      const units = quantityUnits(`${millis}m`)
      assert.ok(units !== undefined && units * 1000n >= millis && units * 1000n < millis + 1000n, `${millis}m`)
    }
  })
})
