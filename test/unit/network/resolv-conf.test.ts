import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NetworkResult } from '../../../stage1/network/result.js'
import { podResolvConf } from '../../../stage1/network/resolv-conf.js'

const result = (more: Partial<NetworkResult>): NetworkResult => ({
  addresses: [],
  nameservers: [],
  search: [],
  options: [],
  ...more,
})

const host = (text?: string, resolved?: string) => (path: string) => (path === '/etc/resolv.conf' ? text : resolved)

for (const [what, results, own, resolved, expected] of [
  [
    'the first network that names a server decides',
    [
      result({ search: ['a'] }),
      result({ nameservers: ['10.0.0.1', 'fd00::1'], search: ['b', 'c'], options: ['ndots:2'], domain: 'd' }),
      result({ nameservers: ['10.0.0.2'] }),
    ],
    'nameserver 1.1.1.1\n',
    undefined,
    'search b c\nnameserver 10.0.0.1\nnameserver fd00::1\noptions ndots:2\ndomain d\n',
  ],
  [
    'else the host’s, as it is',
    [],
    '# mine\nnameserver 1.1.1.1\nsearch x\n',
    undefined,
    '# mine\nnameserver 1.1.1.1\nsearch x\n',
  ],
  [
    'without its servers on loopback',
    [],
    'nameserver 127.0.0.1\nnameserver ::1\nnameserver 1.1.1.1\n',
    undefined,
    'nameserver 1.1.1.1\n',
  ],
  [
    'systemd-resolved’s own servers in place of its stub',
    [],
    'nameserver 127.0.0.53\noptions edns0\nsearch x\n',
    'nameserver 9.9.9.9\nsearch x\n',
    'nameserver 9.9.9.9\nsearch x\n',
  ],
  ['none, where nobody can be reached', [], 'nameserver 127.0.0.1\n', undefined, undefined],
  ['none, where the host has none', [], undefined, undefined, undefined],
  [
    'a word with a line break in it is left out',
    [result({ nameservers: ['1.1.1.1', '2\n3'] })],
    undefined,
    undefined,
    'nameserver 1.1.1.1\n',
  ],
] as const) {
  test(`the resolv.conf of a pod: ${what}`, () => {
    assert.equal(podResolvConf(results, host(own, resolved)), expected)
  })
}
