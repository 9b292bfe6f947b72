import { isIPv6, isWildcard, type PublishedPort } from '#schema/published-port.js'

/**
 * The maps of the table `inet appc` from ports of the host to ports of pods: those with an address
 * of the host come first. `key` is what a packet is looked up by.
 */
export const PORT_MAPS = [
  { family: 4, byAddress: true },
  { family: 4, byAddress: false },
  { family: 6, byAddress: true },
  { family: 6, byAddress: false },
].map(({ family, byAddress }) => {
  const [ip, address] = family === 4 ? ['ip', 'ipv4_addr'] : ['ip6', 'ipv6_addr']
  return {
    map: `${byAddress ? 'hostports' : 'ports'}${family}`,
    ip,
    isIPv6: family === 6,
    byAddress,
    type: `${byAddress ? `${address} . ` : ''}inet_proto . inet_service : ${address} . inet_service`,
    key: `${byAddress ? `${ip} daddr . ` : ''}meta l4proto . th dport`,
    except: family === 6 ? 'ip6 daddr != ::1 ' : '',
  }
})

/** The elements of the ports of one pod, by the map. */
interface Elements {
  readonly map: string
  readonly type: string
  readonly pairs: readonly { readonly key: string; readonly value: string }[]
}

/** The elements for ports of a pod with these addresses (without the length of the prefix). */
function elementsOf(ports: readonly PublishedPort[], addresses: readonly string[]): readonly Elements[] {
  return PORT_MAPS.map(({ map, type, isIPv6: ofIPv6, byAddress }) => {
    const address = addresses.find((own) => isIPv6(own) === ofIPv6)
    const own = ports.filter(({ hostIP }) => {
      if (hostIP === undefined) return !byAddress
      return isIPv6(hostIP) === ofIPv6 && isWildcard(hostIP) !== byAddress
    })
    const pairs = address === undefined ? [] : own.flatMap((port) => pairsOf(port, address, byAddress))
    return { map, type, pairs }
  }).filter(({ pairs }) => pairs.length > 0)
}

function pairsOf({ protocol, hostIP, hostPort, port, count }: PublishedPort, address: string, byAddress: boolean) {
  const prefix = byAddress ? `${hostIP} . ` : ''
  return Array.from({ length: count }, (_, index) => ({
    key: `${prefix}${protocol} . ${hostPort + index}`,
    value: `${address} . ${port + index}`,
  }))
}

/** Adds the ports; fails where another pod has one. To add the same once more changes nothing. */
export const addPorts = (ports: readonly PublishedPort[], addresses: readonly string[]): string =>
  elementsOf(ports, addresses).map(addition).join('')

/**
 * Removes the ports. Succeeds also where they are gone, or the whole table is: in the same
 * transaction, everything that is missing is added first. Fails where another pod has a port.
 */
export const removePorts = (ports: readonly PublishedPort[], addresses: readonly string[]): string =>
  elementsOf(ports, addresses)
    .flatMap((elements) => [
      'add table inet appc\n',
      `add map inet appc ${elements.map} { type ${elements.type}; }\n`,
      addition(elements),
      `delete element inet appc ${elements.map} { ${elements.pairs.map(({ key }) => key).join(', ')} }\n`,
    ])
    .join('')

const addition = ({ map, pairs }: Elements): string =>
  `add element inet appc ${map} { ${pairs.map(({ key, value }) => `${key} : ${value}`).join(', ')} }\n`
