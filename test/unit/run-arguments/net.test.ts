import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseNetworks } from '../../../stage0/cli/run-arguments/net.js'

const parse = (...values: readonly string[]) => parseNetworks('net', values)
const named = (name: string, args = '') => ({ name, arguments: args })

describe('--net', () => {
  for (const [values, networks] of [
    [[], [named('default')]],
    [['none'], 'none'],
    [['host'], 'host'],
    [['all'], 'all'],
    [['default'], [named('default')]],
    [
      ['a,b', 'c'],
      [named('a'), named('b'), named('c')],
    ],
    [['default:IP=10.72.1.2'], [named('default', 'IP=10.72.1.2')]],
    [
      ['default:IP=fd8a:7c2e:a9c0::7;MAC=02:00:00:00:00:01,b'],
      [named('default', 'IP=fd8a:7c2e:a9c0::7;MAC=02:00:00:00:00:01'), named('b')],
    ],
  ] as const) {
    test(values.join(' ') || 'absent', () => {
      assert.deepEqual(parse(...values), networks)
    })
  }

  for (const [values, message] of [
    [[''], /an empty name: no name of a network$/],
    [['a,,b'], /an empty name: no name of a network$/],
    [['a', 'b,a'], /a: named twice$/],
    [['a b'], /a b: no name of a network$/],
    [['..'], /\.\.: no name of a network$/],
    [['a/b'], /a\/b: no name of a network$/],
    [['x'.repeat(300)], /: no name of a network$/],
    [['none,default'], /none: goes with no other network$/],
    [['default', 'host'], /host: goes with no other network$/],
    [['host:IP=1.2.3.4'], /host: takes no arguments$/],
    [['all:IP=1.2.3.4'], /all: takes no arguments$/],
    [['a:IP'], /IP: expected KEY=VALUE, with ; between several$/],
    [['a:IP=1;;B=2'], /expected KEY=VALUE/],
    [['a:IP='], /expected KEY=VALUE/],
    [['a:I P=1'], /expected KEY=VALUE/],
    [['a:IP=1\n2'], /expected KEY=VALUE/],
  ] as const) {
    test(`${JSON.stringify(values).slice(0, 60)} is refused`, () => {
      assert.throws(() => parse(...values), { code: 'USAGE', message })
    })
  }
})
