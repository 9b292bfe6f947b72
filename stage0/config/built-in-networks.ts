import type { JoinedNetwork, NetworkConfig, PluginConfig } from '#schema/network.js'

/**
 * The subnets of a network of ours: private ones that no well-known runtime uses (RFC 1918, RFC
 * 4193).
 */
interface Subnets {
  readonly bridge: string
  readonly ipv4: string
  readonly ipv6: string
}

/** A bridge on the host, whose address is the gateway; host-local draws the addresses. */
const bridge = ({ bridge, ipv4, ipv6 }: Subnets, routes: readonly string[]): PluginConfig => ({
  type: 'bridge',
  bridge,
  isGateway: true,
  hairpinMode: true,
  ipam: {
    type: 'host-local',
    ranges: [[{ subnet: ipv4 }], [{ subnet: ipv6 }]],
    routes: routes.map((dst) => ({ dst })),
  },
})

const config = (name: string, plugin: PluginConfig): NetworkConfig => ({ cniVersion: '1.0.0', name, plugins: [plugin] })

/**
 * The networks that are there without any configuration; a file of net.d with the same name
 * replaces one.
 */
export const BUILT_IN: readonly Pick<JoinedNetwork, 'config' | 'masquerade'>[] = [
  {
    config: config(
      'default',
      bridge({ bridge: 'appc0', ipv4: '10.72.0.0/16', ipv6: 'fd8a:7c2e:a9c0::/64' }, ['0.0.0.0/0', '::/0']),
    ),
    masquerade: true,
  },
  {
    // the host and the pods of the network, and nothing else: there is no other route
    config: config(
      'default-restricted',
      bridge({ bridge: 'appc1', ipv4: '10.73.0.0/16', ipv6: 'fd8a:7c2e:a9c1::/64' }, []),
    ),
    masquerade: false,
  },
]
