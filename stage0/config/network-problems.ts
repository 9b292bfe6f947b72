import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '#schema/check.js'
import type { JoinedNetwork } from '#schema/network.js'
import { PLUGIN_PATH } from '#schema/plugin-path.js'

/**
 * What will keep pods from joining a network, or will stay behind when they leave it, as far as its
 * configuration and this host show it.
 */
export function networkProblems(
  { config, masquerade }: Pick<JoinedNetwork, 'config' | 'masquerade'>,
  hasPlugin: (type: string) => boolean = isInstalled,
): readonly string[] {
  const types = config.plugins.flatMap(({ type, ipam }) => [type, ...(isObject(ipam) ? [ipam['type']] : [])])
  const missing = types.filter((type) => typeof type === 'string').filter((type) => !hasPlugin(type))
  const isLeftBehind = config.plugins[0]?.['ipMasq'] === true && !masquerade
  return [
    ...[...new Set(missing)].map((type) => `has no plugin ${type} in ${PLUGIN_PATH.join(', ')}`),
    ...(isLeftBehind
      ? ['ipMasq: the rules stay on this host when a pod ends, unless the IPAM plugin is host-local with subnets']
      : []),
  ]
}

const isInstalled = (type: string): boolean =>
  !type.includes('/') && PLUGIN_PATH.some((directory) => existsSync(join(directory, type)))
