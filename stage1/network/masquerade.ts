import { existsSync } from 'node:fs'
import { isObject } from '#schema/check.js'
import { RuntimeError } from '#schema/errors.js'
import type { JoinedNetwork, NetworkConfig } from '#schema/network.js'
import { execute } from './command.js'

/** Where nft(8) is. */
const NFT = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'] as const

/** How long it may take, in milliseconds. */
const PATIENCE = 20_000

/**
 * Loads the table `inet appc`, in one transaction, so that it is whole or unchanged: what leaves
 * the subnets of these networks gets an address of the host. The table has no chain or rule of a
 * single pod, so neither the number of pods nor a pod's end changes it, and no other program's
 * reload does. Errors: HOST_UNSUPPORTED.
 */
export async function loadMasquerade(networks: readonly JoinedNetwork[]): Promise<void> {
  const subnets = networks.filter(({ masquerade }) => masquerade).flatMap(({ config }) => subnetsOf(config))
  if (subnets.length === 0) return
  const program = NFT.find((path) => existsSync(path))
  if (program === undefined) {
    throw new RuntimeError('HOST_UNSUPPORTED', `${NFT[0]}: is missing, so pods cannot reach other hosts`, {
      hint: 'apt install nftables',
    })
  }
  const { status, stderr } = await execute(
    { program, arguments: ['-f', '-'], environment: [], input: tableOf(subnets) },
    PATIENCE,
  )
  if (status !== 0) {
    throw new RuntimeError('HOST_UNSUPPORTED', `${program}: ${stderr.trim() || 'failed'}`, {
      hint: 'modprobe nf_tables',
    })
  }
}

/** The subnets of which the plugin host-local gives addresses. */
export function subnetsOf({ plugins }: NetworkConfig): readonly string[] {
  const ipam = plugins[0]?.['ipam']
  const ranges = isObject(ipam) && Array.isArray(ipam['ranges']) ? ipam['ranges'] : []
  return ranges
    .flat()
    .map((range: unknown) => (isObject(range) ? range['subnet'] : undefined))
    .filter((subnet) => typeof subnet === 'string')
}

const FAMILIES = [
  {
    set: 'masquerade4',
    type: 'ipv4_addr',
    ip: 'ip',
    multicast: '224.0.0.0/4',
    isOf: (net: string) => !net.includes(':'),
  },
  { set: 'masquerade6', type: 'ipv6_addr', ip: 'ip6', multicast: 'ff00::/8', isOf: (net: string) => net.includes(':') },
] as const

/** What nft(8) reads. Elements are only added: another pod's network stays. */
export function tableOf(subnets: readonly string[]): string {
  const lines = FAMILIES.flatMap(({ set, type, ip, multicast, isOf }) => {
    const own = subnets.filter(isOf)
    return [
      `add set inet appc ${set} { type ${type}; flags interval; auto-merge; }`,
      ...(own.length > 0 ? [`add element inet appc ${set} { ${own.join(', ')} }`] : []),
      `add rule inet appc postrouting ${ip} saddr @${set} ${ip} daddr != @${set} ${ip} daddr != ${multicast} masquerade`,
    ]
  })
  return `${[
    'add table inet appc',
    'add chain inet appc postrouting { type nat hook postrouting priority srcnat; policy accept; }',
    'flush chain inet appc postrouting',
    ...lines,
  ].join('\n')}\n`
}
