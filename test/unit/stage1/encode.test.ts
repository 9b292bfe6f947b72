import { strict as assert } from 'node:assert'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { decodeMessage, encodeCall, setSerial } from '../../../stage1/systemd/message.js'
import { encode } from '../../../stage1/systemd/encode.js'

/** The marshaller of dbus-next, which takes a variant as a pair. */
const marshall = createRequire(import.meta.url)('dbus-next/lib/marshall.js') as (
  signature: string,
  values: readonly unknown[],
) => Buffer

const variant = (signature: string, value: unknown) => ({ signature, value })

/** Variants in the form that dbus-next takes. */
const asPairs = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(asPairs)
    : typeof value === 'object' && value !== null && 'signature' in value && 'value' in value
      ? [value.signature, asPairs(value.value)]
      : value

const CASES: readonly (readonly [signature: string, values: readonly unknown[]])[] = [
  ['', []],
  ['s', ['']],
  ['s', ['ä € 😀']],
  ['o', ['/org/freedesktop/systemd1']],
  ['g', ['a(sv)']],
  ['y', [255]],
  ['ybsu', [1, true, 'three', 4_294_967_295]],
  ['i', [-2_147_483_648]],
  ['st', ['x', 18_446_744_073_709_551_615n]],
  ['as', [[]]],
  ['at', [[]]],
  ['yat', [1, [1n, 2n]]],
  ['a(ss)', [[]]],
  ['ya(yt)', [1, [[2, 3n]]]],
  ['aas', [[['a'], [], ['b', 'c']]]],
  ['v', [variant('s', 'x')]],
  ['yv', [1, variant('t', 1n)]],
  ['v', [variant('v', variant('as', ['x']))]],
  [
    'a(sv)',
    [
      [
        ['A', variant('b', true)],
        ['B', variant('a(sasb)', [['/a', ['/a', 'b'], false]])],
      ],
    ],
  ],
  [
    'ssa(sv)a(sa(sv))',
    [
      'u',
      'fail',
      [['A', variant('s', 'x')]],
      [
        ['v', [['B', variant('u', 7)]]],
        ['w', []],
      ],
    ],
  ],
  ['as', [Array.from({ length: 5000 }, (_, index) => `word ${index}`)]],
]

describe('D-Bus values as bytes', () => {
  for (const [signature, values] of CASES) {
    test(`${signature}: the bytes that dbus-next writes`, () => {
      assert.deepEqual(encode(signature, values), marshall(signature, values.map(asPairs)))
    })
  }

  for (const [signature, values] of CASES) {
    test(`${signature}: the same bytes at any offset in a large message`, () => {
      for (let length = 4096 - 64; length <= 4096 + 8; length++) {
        const body = ['x'.repeat(length), ...values]
        assert.deepEqual(encode(`s${signature}`, body), marshall(`s${signature}`, body.map(asPairs)), `after ${length}`)
      }
    })
  }

  test('an array of bytes may be a Buffer', () => {
    assert.deepEqual(encode('aay', [[Buffer.from('ä'), Buffer.from('')]]), encode('aay', [[[0xc3, 0xa4], []]]))
  })

  for (const [signature, values] of [
    ['d', [1]],
    ['a(s', [[['a']]]],
  ] as const) {
    test(`${signature}: refused`, () => {
      assert.throws(() => encode(signature, values), /D-Bus (type|signature)/)
    })
  }

  test('a call, its serial number set, is read back', () => {
    const call = {
      destination: 'a.b',
      path: '/c',
      interface: 'a.b.D',
      member: 'E',
      signature: 'sas',
      body: ['f', ['g']],
    }
    const bytes = encodeCall(call)
    setSerial(bytes, 258)
    assert.equal(bytes.readUInt32LE(8), 258)
    const { message, length } = decodeMessage(Buffer.concat([bytes, Buffer.from('more')]))
    assert.equal(length, bytes.length)
    assert.deepEqual([message.path, message.member, message.body()], ['/c', 'E', ['f', ['g']]])
  })
})
