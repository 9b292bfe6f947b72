import { isObject } from './check.js'

/** What is read here of a network's configuration (network.ts). */
interface Chain {
  readonly plugins: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[]
}

/** The bridge of a network, if it has one. */
export function bridgeOf({ plugins: [plugin] }: Chain): string | undefined {
  if (plugin?.type !== 'bridge') return undefined
  // the plugin's own default
  const { bridge = 'cni0' } = plugin
  return typeof bridge === 'string' && /^[\w.-]{1,15}$/.test(bridge) ? bridge : undefined
}

/** The subnets of which the plugin host-local gives addresses. */
export function subnetsOf({ plugins: [plugin] }: Chain): readonly string[] {
  const ipam = plugin?.['ipam']
  if (!isObject(ipam) || ipam['type'] !== 'host-local') return []
  const ranges: readonly unknown[] = Array.isArray(ipam['ranges']) ? ipam['ranges'] : []
  return [ipam, ...ranges.flat()]
    .map((range) => (isObject(range) ? range['subnet'] : undefined))
    .filter((subnet) => typeof subnet === 'string')
    .filter((subnet) => /^[0-9a-fA-F.:]+\/\d{1,3}$/.test(subnet))
}

/** The plugins that translate addresses by `ipMasq`. */
const MASQUERADING: readonly string[] = ['bridge', 'ptp']

/**
 * Whether a plugin of the network is to translate the addresses of packets that leave it (`ipMasq`)
 * and appc can do it in its place. A plugin adds rules of iptables for each pod, and removes them
 * only in the network namespace of the pod, which ends before.
 */
export const isMasqueraded = (config: Chain): boolean => {
  const [plugin] = config.plugins
  return plugin?.['ipMasq'] === true && MASQUERADING.includes(plugin.type) && subnetsOf(config).length > 0
}
