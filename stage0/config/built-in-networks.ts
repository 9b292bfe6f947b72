import type { JoinedNetwork, NetworkConfig } from '#schema/network.js'

/** A network of ours. */
interface Bridge {
  readonly name: string
  readonly bridge: string
  /** Private ones that no well-known runtime uses (RFC 1918, RFC 4193). */
  readonly ipv4: string
  readonly ipv6: string
  /**
   * Whether pods reach other hosts: they have a default route, and appc masquerades. Otherwise appc
   * restricts the network.
   */
  readonly isOpen: boolean
}

const BRIDGES: readonly Bridge[] = [
  { name: 'default', bridge: 'appc0', ipv4: '10.72.0.0/16', ipv6: 'fd8a:7c2e:a9c0::/64', isOpen: true },
  // The host and the pods of the network reach a pod and are reached by it, and nobody else. So its
  // ports are not published: those who may use them know its address.
  { name: 'default-restricted', bridge: 'appc1', ipv4: '10.73.0.0/16', ipv6: 'fd8a:7c2e:a9c1::/64', isOpen: false },
]

/**
 * The networks that are there without any configuration; a file of net.d with the same name
 * replaces one. On a host whose IPv6 is off they have IPv4 only, because a bridge could not get an
 * address of IPv6.
 */
export const builtInNetworks = (hasIPv6: boolean): readonly Omit<JoinedNetwork, 'arguments'>[] =>
  BRIDGES.map((network) => ({
    config: configOf(network, hasIPv6),
    masquerade: network.isOpen,
    ...(!network.isOpen && { isRestricted: true }),
  }))

/** The address of the bridge is the gateway; host-local draws the addresses. */
function configOf({ name, bridge, ipv4, ipv6, isOpen }: Bridge, hasIPv6: boolean): NetworkConfig {
  const families = [
    { subnet: ipv4, everywhere: '0.0.0.0/0' },
    ...(hasIPv6 ? [{ subnet: ipv6, everywhere: '::/0' }] : []),
  ]
  const plugin = {
    type: 'bridge',
    bridge,
    isGateway: true,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      ranges: families.map(({ subnet }) => [{ subnet }]),
      routes: isOpen ? families.map(({ everywhere }) => ({ dst: everywhere })) : [],
    },
  }
  return { cniVersion: '1.0.0', name, plugins: [plugin] }
}
