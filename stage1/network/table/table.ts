import type { JoinedNetwork } from '#schema/network.js'
import { bridgeOf, subnetsOf } from '#schema/network-bridge.js'
import { PORT_MAPS } from './port-elements.js'

/**
 * The rule text of a command of nft(8) that makes the table `inet appc`, or makes it again; the
 * elements of its sets and maps stay. The table has no chain or rule of a single pod, so neither
 * the number of pods nor a pod's end changes it, and no other program's reload does.
 *
 * The chains:
 * - `postrouting`: what leaves the subnets of pods gets an address of the host. So does what a pod
 *   or 127.0.0.1 sends to a published port: its own address would lead the answer past the host.
 * - `ports`: leads a packet for an address of the host to the pod that publishes the port; first
 *   by the address, then by the port alone. ::1 is not led anywhere, because the kernel forwards
 *   nothing from there.
 * - `guard`: route_localnet lets a bridge carry answers to 127.0.0.1; nothing else that pods send
 *   may get there.
 * - `restrict`: nothing is forwarded between the bridge of a restricted network and another
 *   interface.
 */
export const tableText = (): string =>
  lines([
    'add table inet appc',
    ...SUBNETS.map(({ set, type }) => `add set inet appc ${set} { type ${type}; flags interval; auto-merge; }`),
    ...BRIDGES.map(({ set }) => `add set inet appc ${set} { type ifname; }`),
    ...PORT_MAPS.map(({ map, type }) => `add map inet appc ${map} { type ${type}; }`),
    ...CHAINS.flatMap(({ name, hook, rules }) => [
      `add chain inet appc ${name}${hook === null ? '' : ` { type ${hook}; policy accept; }`}`,
      `flush chain inet appc ${name}`,
      ...rules.map((rule) => `add rule inet appc ${name} ${rule}`),
    ]),
  ])

/** The sets of the subnets that are masqueraded. */
const SUBNETS = [
  { set: 'masquerade4', type: 'ipv4_addr', ip: 'ip', multicast: '224.0.0.0/4', isIPv6: false },
  { set: 'masquerade6', type: 'ipv6_addr', ip: 'ip6', multicast: 'ff00::/8', isIPv6: true },
] as const

/** The sets of bridges: those of masqueraded networks, and those of restricted ones. */
const BRIDGES = [
  { set: 'bridges', has: ({ masquerade }: JoinedNetwork) => masquerade },
  { set: 'restricted', has: ({ isRestricted }: JoinedNetwork) => isRestricted === true },
] as const

/** An empty chain, whose name tells which version of this text made the table. */
const VERSION = 'version2'

const PORTS = 'meta l4proto { tcp, udp } jump ports'

const CHAINS: readonly { readonly name: string; readonly hook: string | null; readonly rules: readonly string[] }[] = [
  {
    name: 'postrouting',
    hook: 'nat hook postrouting priority srcnat',
    rules: [
      ...SUBNETS.map(
        ({ set, ip, multicast }) => `${ip} saddr @${set} ${ip} daddr != @${set} ${ip} daddr != ${multicast} masquerade`,
      ),
      // by the address, because br_netfilter gives this chain no iifname
      ...SUBNETS.map(({ set, ip }) => `${ip} saddr @${set} oifname @bridges ct status dnat masquerade`),
      'oifname @bridges ct status dnat ip saddr 127.0.0.0/8 masquerade',
    ],
  },
  {
    name: 'guard',
    hook: 'filter hook prerouting priority raw',
    rules: ['iifname @bridges ip daddr 127.0.0.0/8 drop', 'iifname @bridges ip saddr 127.0.0.0/8 drop'],
  },
  {
    name: 'restrict',
    hook: 'filter hook forward priority filter',
    rules: ['iifname @restricted oifname != @restricted drop', 'oifname @restricted iifname != @restricted drop'],
  },
  {
    name: 'ports',
    hook: null,
    rules: PORT_MAPS.map(
      ({ map, ip, key, except }) => `${except}fib daddr type local dnat ${ip} to ${key} map @${map}`,
    ),
  },
  { name: 'prerouting', hook: 'nat hook prerouting priority dstnat', rules: [PORTS] },
  // nft before 1.0.7 knows the word dstnat for prerouting only
  { name: 'output', hook: 'nat hook output priority -100', rules: [PORTS] },
  { name: VERSION, hook: null, rules: [] },
]

/**
 * Fails, and with it the whole command, where the table is missing or another version of appc has
 * made it.
 */
export const REQUIRE_TABLE = lines([`flush chain inet appc ${VERSION}`])

/** The elements of networks: the subnets that appc masquerades, and the bridges. */
export function networkElements(networks: readonly JoinedNetwork[]): string {
  const subnets = networks.flatMap(({ masquerade, config }) => (masquerade ? subnetsOf(config) : []))
  return lines(
    [
      ...SUBNETS.map(({ set, isIPv6 }) => ({ set, items: subnets.filter((net) => net.includes(':') === isIPv6) })),
      ...BRIDGES.map(({ set, has }) => ({
        set,
        items: networks
          .filter(has)
          .flatMap(({ config }) => bridgeOf(config) ?? [])
          .map((name) => `"${name}"`),
      })),
    ].flatMap(({ set, items }) => (items.length > 0 ? [`add element inet appc ${set} { ${items.join(', ')} }`] : [])),
  )
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}
