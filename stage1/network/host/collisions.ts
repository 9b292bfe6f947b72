import { RuntimeError } from '#schema/errors.js'
import type { JoinedNetwork } from '#schema/network.js'
import { bridgeOf, subnetsOf } from '#schema/network-bridge.js'
import { formatPrefix, meet, parsePrefix } from './prefix.js'
import { parseIPv4Routes, parseIPv6Routes, type Route } from './routes.js'
import { readTextFile } from './text-file.js'

/** The routes of the host. Errors: FILE_UNREADABLE. */
export const hostRoutes = (): readonly Route[] => [
  ...parseIPv4Routes(readTextFile('/proc/net/route') ?? ''),
  ...parseIPv6Routes(readTextFile('/proc/net/ipv6_route') ?? ''),
]

/**
 * Checks that no route of the host leads into a subnet whose gateway the bridge of a network is
 * about to be. Gives a warning for each wider route from which a subnet takes addresses, while the
 * bridge has no route yet. Errors: NETWORK_FAILED.
 */
export function checkRoutes(networks: readonly JoinedNetwork[], routes: readonly Route[]): readonly string[] {
  return networks.flatMap(({ config }) => {
    const bridge = bridgeOf(config)
    const isGateway = ['isGateway', 'isDefaultGateway'].some((key) => config.plugins[0]?.[key] === true)
    if (bridge === undefined || !isGateway) return []
    return subnetsOf(config).flatMap((text) => {
      const subnet = parsePrefix(text)
      if (subnet === null) return []
      const meeting = routes.filter((route) => meet(subnet, route))
      const others = meeting.filter(({ interfaceName }) => interfaceName !== bridge)
      const collision = others.find(({ length }) => length >= subnet.length)
      if (collision !== undefined) {
        throw new RuntimeError(
          'NETWORK_FAILED',
          `network ${config.name}: this host has a route to ${shown(collision)}, which is in its subnet ${text}`,
          { hint: anotherSubnet(config.name) },
        )
      }
      if (others.length < meeting.length) return []
      return others.map(
        (route) =>
          `network ${config.name}: its subnet ${text} is a part of the route to ${shown(route)}: ` +
          `from now on its addresses are those of pods; ${anotherSubnet(config.name)}`,
      )
    })
  })
}

const shown = (route: Route): string => `${formatPrefix(route)} by ${route.interfaceName}`

const anotherSubnet = (name: string): string =>
  `for another subnet, write the network to /etc/appc/net.d/${name}.conflist`
