import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JoinedNetwork } from '#schema/network.js'
import { checkRoutes } from '../../../stage1/network/host/collisions.js'
import { formatPrefix, parsePrefix } from '../../../stage1/network/host/prefix.js'
import { parseIPv4Routes, parseIPv6Routes, type Route } from '../../../stage1/network/host/routes.js'

const IPV4 = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
vpn0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
`
const IPV6 = `fd8a7c2ea9c000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000004 00000000 00000001    appc0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
fd8a7c2ea9c000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000004 00000000 80200001    appc0
`

const network = (...subnets: readonly string[]): JoinedNetwork => ({
  config: {
    cniVersion: '1.0.0',
    name: 'default',
    plugins: [
      {
        type: 'bridge',
        bridge: 'appc0',
        isGateway: true,
        ipam: { type: 'host-local', ranges: subnets.map((subnet) => [{ subnet }]) },
      },
    ],
  },
  arguments: '',
  masquerade: true,
})

const route = (text: string, interfaceName: string): Route => {
  const prefix = parsePrefix(text)
  assert.ok(prefix)
  return { ...prefix, interfaceName }
}

describe('the routes of the host', () => {
  test('are read without default routes and own addresses', () => {
    const shown = [...parseIPv4Routes(IPV4), ...parseIPv6Routes(IPV6)].map(
      (entry) => `${formatPrefix(entry)} ${entry.interfaceName}`,
    )
    assert.deepEqual(shown, ['192.0.2.0/24 eth0', '10.0.0.0/8 vpn0', 'fd8a:7c2e:a9c0::/64 appc0'])
  })

  test('a text that is no prefix is none', () => {
    for (const text of ['', '10.1.2.3', '10.1.2/8', '10.1.2.256/8', '10.1.2.3/33', '::1::/64', 'fd00::/129', 'x/8']) {
      assert.equal(parsePrefix(text), null, text)
    }
    assert.equal(formatPrefix(parsePrefix('::ffff:1.2.3.4/128') ?? route('::/0', '')), '::ffff:102:304/128')
  })
})

describe('a subnet and the routes of the host', () => {
  test('a route into the subnet by another interface is an error that says what to do', () => {
    for (const text of ['10.72.0.0/16', '10.72.9.0/24', '10.72.1.1/32']) {
      assert.throws(() => checkRoutes([network('10.72.0.0/16')], [route(text, 'eth0')]), {
        code: 'NETWORK_FAILED',
        message: `network default: this host has a route to ${text} by eth0, which is in its subnet 10.72.0.0/16`,
        hint: 'for another subnet, write the network to /etc/appc/net.d/default.conflist',
      })
    }
    const subnets = ['10.72.0.0/16', 'fd8a:7c2e:a9c0::/64']
    assert.throws(() => checkRoutes([network(...subnets)], [route('fd8a:7c2e:a9c0::7/128', 'eth0')]), {
      message: /fd8a:7c2e:a9c0::7\/128 by eth0/,
    })
  })

  test('the bridge’s own route and routes elsewhere are none', () => {
    const routes = [route('10.72.0.0/16', 'appc0'), route('10.73.0.0/16', 'eth0'), route('10.64.0.0/13', 'eth1')]
    assert.deepEqual(checkRoutes([network('10.80.0.0/16')], routes), [])
  })

  test('a wider route is a warning, until the bridge has its own', () => {
    const wide = route('10.0.0.0/8', 'vpn0')
    const [warning, ...more] = checkRoutes([network('10.72.0.0/16')], [wide])
    assert.deepEqual(more, [])
    assert.match(
      warning ?? '',
      /^network default: its subnet 10\.72\.0\.0\/16 is a part of the route to 10\.0\.0\.0\/8 /,
    )
    assert.deepEqual(checkRoutes([network('10.72.0.0/16')], [wide, route('10.72.0.0/16', 'appc0')]), [])
  })

  test('a bridge that is no gateway has its router elsewhere', () => {
    const { config, ...more } = network('10.72.0.0/16')
    const plugins = config.plugins.map((plugin) => ({ ...plugin, isGateway: false }))
    assert.deepEqual(checkRoutes([{ ...more, config: { ...config, plugins } }], [route('10.72.0.0/16', 'eth0')]), [])
  })
})
