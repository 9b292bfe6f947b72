import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import type { NetworkConfig } from '#schema/network.js'
import { chooseNetworks } from '../../../stage0/config/choose-networks.js'
import { networkProblems } from '../../../stage0/config/network-problems.js'
import { readNetworks } from '../../../stage0/config/networks.js'
import { scratch } from '../../helpers/scratch.js'

/** Configuration directories with these files in their net.d. */
function configured(t: TestContext, files: Readonly<Record<string, unknown>>) {
  const root = scratch(t)
  const dirs = { system: join(root, 'system'), local: join(root, 'local') }
  for (const level of Object.values(dirs)) mkdirSync(join(level, 'net.d'), { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    const [level = '', name = ''] = path.split('/')
    writeFileSync(join(root, level, 'net.d', name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return dirs
}

const list = (name: unknown, type: unknown = 'bridge', more = {}) => ({
  cniVersion: '1.0.0',
  name,
  plugins: [{ type, ...more }],
})

describe('the networks', () => {
  test('default and default-restricted are built in', (t) => {
    const { networks, problems } = readNetworks(configured(t, {}))
    assert.deepEqual([[...networks.keys()], problems], [['default', 'default-restricted'], []])
    assert.deepEqual(
      [...networks.values()].map(({ masquerade, file }) => [masquerade, file]),
      [
        [true, null],
        [false, null],
      ],
    )
  })

  test('a file replaces a built-in network, and is then as it says', (t) => {
    const dirs = configured(t, { 'local/10-own.conflist': list('default', 'ptp') })
    const network = readNetworks(dirs).networks.get('default')
    assert.deepEqual(network, {
      config: list('default', 'ptp'),
      masquerade: false,
      file: join(dirs.local, 'net.d/10-own.conflist'),
    })
  })

  test('appc masquerades in the place of a plugin that leaves its rules behind', (t) => {
    const ranges = [[{ subnet: '10.1.0.0/16' }], [{ subnet: 'fd00::/64' }]]
    for (const [type, more, isOurs] of [
      ['bridge', { ipMasq: true, ipam: { type: 'host-local', ranges } }, true],
      ['ptp', { ipMasq: true, ipam: { type: 'host-local', subnet: '10.1.0.0/16' } }, true],
      ['bridge', { ipam: { type: 'host-local', ranges } }, false],
      ['bridge', { ipMasq: true, ipam: { type: 'dhcp' } }, false],
      ['bridge', { ipMasq: true, ipam: { type: 'host-local', ranges: [[{ subnet: '10.1; drop' }], 7] } }, false],
      ['own', { ipMasq: true, ipam: { type: 'host-local', ranges } }, false],
    ] as const) {
      const dirs = configured(t, {
        'local/a.conf': { cniVersion: '1.0.0', name: 'red', type, ...more },
      })
      assert.equal(readNetworks(dirs).networks.get('red')?.masquerade, isOurs, JSON.stringify([type, more]))
    }
  })

  test('what a network lacks', () => {
    const problems = (plugins: readonly object[], masquerade = false): readonly string[] =>
      networkProblems(
        { config: { cniVersion: '1.0.0', name: 'red', plugins: plugins as NetworkConfig['plugins'] }, masquerade },
        (type) => ['bridge', 'dhcp', 'host-local'].includes(type),
      )
    const bridge = { type: 'bridge', ipMasq: true, ipam: { type: 'dhcp' } }
    assert.deepEqual(problems([{ ...bridge, ipMasq: false }]), [])
    assert.deepEqual(problems([bridge], true), [])
    assert.match(problems([bridge]).join(), /^ipMasq: the rules stay on this host/)
    const lost = [{ type: 'bridge', ipam: { type: 'lost' } }, { type: 'lost' }, { type: 'away', ipam: 7 }]
    const path = '/usr/lib/cni, /usr/libexec/cni, /opt/cni/bin'
    assert.deepEqual(problems(lost), [`has no plugin lost in ${path}`, `has no plugin away in ${path}`])
  })

  test('the host’s own level replaces the distribution’s; within a level the first file counts', (t) => {
    const dirs = configured(t, {
      'system/a.conflist': list('red', 'system'),
      'local/b.conflist': list('red', 'first'),
      'local/c.conflist': list('red', 'second'),
    })
    assert.equal(readNetworks(dirs).networks.get('red')?.config.plugins[0]?.type, 'first')
  })

  test('a .conf is a list of one plugin; other files mean nothing', (t) => {
    const dirs = configured(t, {
      'local/a.conf': { cniVersion: '0.3.1', name: 'red', type: 'macvlan', master: 'eth0' },
      'local/b.json': list('blue'),
      'local/README': 'text',
    })
    symlinkSync('/dev/zero', join(dirs.local, 'net.d/z.conf'))
    const { networks, problems } = readNetworks(dirs)
    assert.deepEqual(networks.get('red')?.config, {
      cniVersion: '0.3.1',
      name: 'red',
      plugins: [{ type: 'macvlan', master: 'eth0' }],
    })
    assert.deepEqual([[...networks.keys()], problems], [['red', 'default', 'default-restricted'], []])
  })

  for (const [what, content, message] of [
    ['no JSON', '{', /: line 1, column 2: /],
    ['no object', '[]', /: expected an object, got a list$/],
    ['no plugins', { cniVersion: '1.0.0', name: 'red', plugins: [] }, /: plugins: has no plugin$/],
    ['plugins that are no list', { cniVersion: '1.0.0', name: 'red', plugins: {} }, /: plugins: expected a list/],
    ['no name', { cniVersion: '1.0.0', plugins: [{ type: 'x' }] }, /: name: missing$/],
    ['a name with a blank', list('a b'), /: name: expected letters/],
    ['the name ..', list('..'), /: name: expected letters/],
    ['a name of 300 characters', list('x'.repeat(300)), /: name: expected letters/],
    ['a plugin with a slash', list('red', '../../bin/sh'), /: plugins\[0\]\.type: expected letters/],
    ['a plugin that is a number', list('red', 7), /: plugins\[0\]\.type: expected a string/],
    ['another version of CNI', { ...list('red'), cniVersion: '0.2.0' }, /: cniVersion: expected one of 0\.3\.0, /],
    [
      'capabilities that are no booleans',
      list('red', 'x', { capabilities: { a: 1 } }),
      /capabilities: expected an object of booleans/,
    ],
  ] as const) {
    test(`a file with ${what} is a problem, and hurts no other network`, (t) => {
      const dirs = configured(t, { 'local/a.conflist': content, 'local/b.conflist': list('blue') })
      const { networks, problems } = readNetworks(dirs)
      assert.equal(networks.has('blue'), true)
      assert.deepEqual(
        problems.map(({ code }) => code),
        ['CONFIG_INVALID'],
      )
      assert.match(problems[0]?.message ?? '', message)
      assert.deepEqual(chooseNetworks(dirs, [{ name: 'blue', arguments: '' }]), [
        { config: list('blue'), masquerade: false, arguments: '' },
      ])
      assert.throws(() => chooseNetworks(dirs, [{ name: 'red', arguments: '' }]), { code: 'CONFIG_INVALID' })
      assert.throws(() => chooseNetworks(dirs, 'all'), { code: 'CONFIG_INVALID' })
    })
  }

  test('a name that no file has is an error with the names that there are', (t) => {
    const dirs = configured(t, { 'local/a.conflist': list('red') })
    assert.throws(() => chooseNetworks(dirs, [{ name: 'blue', arguments: '' }]), {
      code: 'NETWORK_NOT_FOUND',
      message: 'network blue: not configured; there are red, default, default-restricted',
      hint: 'appc network list',
    })
  })

  test('all are all, in the order of their files', (t) => {
    const dirs = configured(t, { 'local/b.conflist': list('blue'), 'local/a.conflist': list('red') })
    const all = chooseNetworks(dirs, 'all')
    assert.ok(typeof all !== 'string')
    assert.deepEqual(
      all.map(({ config }) => config.name),
      ['red', 'blue', 'default', 'default-restricted'],
    )
  })
})
