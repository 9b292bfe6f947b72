import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodDNS } from '#schema/dns.js'
import type { PodNetworks } from '#schema/network.js'
import type { NetworkResult } from '../../../stage1/network/plugins/result.js'
import { resolvConfOf } from '../../../stage1/network/resolv-conf.js'

const result = (more: Partial<NetworkResult>): NetworkResult => ({
  addresses: [],
  hostInterfaces: [],
  nameservers: [],
  search: [],
  options: [],
  ...more,
})

const OF_NETWORK = result({
  nameservers: ['10.0.0.1', 'fd00::1'],
  search: ['b', 'c'],
  options: ['ndots:2'],
  domain: 'd',
})

interface Row {
  readonly title: string
  readonly network?: PodNetworks
  readonly dns?: PodDNS
  readonly results?: readonly NetworkResult[]
  /** The host's /etc/resolv.conf; it has none without. */
  readonly host?: string
  /** The file of systemd-resolved. */
  readonly resolved?: string
  /** The content and whether it replaces an image's file; undefined for no file. */
  readonly expected: readonly [string, boolean] | undefined
}

const ROWS: readonly Row[] = [
  {
    title: 'the first network that names a server decides',
    results: [result({ search: ['a'] }), OF_NETWORK, result({ nameservers: ['10.0.0.2'] })],
    host: 'nameserver 1.1.1.1\n',
    expected: ['domain d\nsearch b c\nnameserver 10.0.0.1\nnameserver fd00::1\noptions ndots:2\n', true],
  },
  {
    title: 'else the host’s, as it is',
    host: '# mine\nnameserver 1.1.1.1\nsearch x\n',
    expected: ['# mine\nnameserver 1.1.1.1\nsearch x\n', false],
  },
  {
    title: 'without the host’s servers on loopback',
    host: 'nameserver 127.0.0.1\nnameserver ::1\nnameserver 1.1.1.1\n',
    expected: ['nameserver 1.1.1.1\n', false],
  },
  {
    title: 'systemd-resolved’s own servers take the place of its stub',
    host: 'nameserver 127.0.0.53\noptions edns0\nsearch x\n',
    resolved: 'nameserver 9.9.9.9\nsearch x\n',
    expected: ['nameserver 9.9.9.9\nsearch x\n', false],
  },
  {
    title: 'but not in the network of the host, where the stub listens',
    network: 'host',
    host: 'nameserver 127.0.0.53\n',
    resolved: 'nameserver 9.9.9.9\n',
    expected: ['nameserver 127.0.0.53\n', false],
  },
  { title: 'none without a reachable server', host: 'nameserver 127.0.0.1\n', expected: undefined },
  { title: 'none where the host has none', expected: undefined },
  { title: 'none without a network', network: 'none', host: 'nameserver 1.1.1.1\n', expected: undefined },
  { title: '--dns=none: none', dns: 'none', results: [OF_NETWORK], host: 'nameserver 1.1.1.1\n', expected: undefined },
  {
    title: '--dns=host: the host’s, as it is, whatever the network and the image have',
    dns: 'host',
    network: 'none',
    results: [OF_NETWORK],
    host: 'nameserver 127.0.0.53\n',
    expected: ['nameserver 127.0.0.53\n', true],
  },
  {
    title: '--dns=IP: that server',
    dns: { nameservers: ['8.8.8.8'] },
    network: 'none',
    host: 'nameserver 1.1.1.1\nsearch x\n',
    expected: ['nameserver 8.8.8.8\n', true],
  },
  {
    title: 'an option replaces its own field of the network’s',
    dns: { search: ['mine'], options: ['rotate', 'ndots:1'] },
    results: [OF_NETWORK],
    expected: ['domain d\nsearch mine\nnameserver 10.0.0.1\nnameserver fd00::1\noptions rotate ndots:1\n', true],
  },
  {
    title: 'or of the host’s',
    dns: { domain: 'mine' },
    host: 'nameserver 1.1.1.1\nsearch old\nsearch x y\n# nameserver 2.2.2.2\n',
    expected: ['domain mine\nsearch x y\nnameserver 1.1.1.1\n', true],
  },
  {
    title: 'a word with a line break in it is left out',
    results: [result({ nameservers: ['1.1.1.1', '2\n3'] })],
    expected: ['nameserver 1.1.1.1\n', true],
  },
]

for (const { title, network = [], dns, results = [], host, resolved, expected } of ROWS) {
  test(`the resolv.conf of a pod: ${title}`, () => {
    const read = (path: string) => (path === '/etc/resolv.conf' ? host : resolved)
    const found = resolvConfOf({ network, ...(dns !== undefined && { dns }) }, results, read)
    assert.deepEqual(found && [found.content, found.replaces], expected)
  })
}
