import { describe, isObject, type Parser, text } from './check.js'
import { object, optional, required } from './check-object.js'
import { bridgeOf } from './network-bridge.js'

/**
 * Whose network a pod has: the host's own; none, which is a network namespace with loopback only;
 * or networks, which it joins in this order by the interfaces eth0, eth1, …
 */
export type PodNetworks = 'host' | 'none' | readonly JoinedNetwork[]

/** Whether a network needs the nftables table of appc. */
export const needsTable = ({ masquerade, isRestricted = false }: JoinedNetwork): boolean => masquerade || isRestricted

/** A network that a pod joins. */
export interface JoinedNetwork {
  readonly config: NetworkConfig
  /** `CNI_ARGS`: `IP=10.1.2.3;KEY=VALUE`; empty for none. */
  readonly arguments: string
  /**
   * Whether appc translates the addresses of packets that leave the network: for its own networks,
   * and in the place of plugins (network-bridge.ts).
   */
  readonly masquerade: boolean
  /**
   * Whether appc keeps packets between the bridge of the network and others from being forwarded.
   */
  readonly isRestricted?: boolean
}

/**
 * The configuration of a network (CNI specification 1.0, section 1): the plugins in the order of
 * their execution.
 */
export interface NetworkConfig {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly PluginConfig[]
}

/** What one plugin gets; appc reads only the program's name, the rest is the plugin's. */
export interface PluginConfig extends Readonly<Record<string, unknown>> {
  /** The name of its program. */
  readonly type: string
  readonly capabilities?: Readonly<Record<string, boolean>>
}

/** Whether a plugin of a network publishes ports: CNI's portmap, or one like it. */
export const isPortMapper = ({ capabilities }: PluginConfig): boolean => capabilities?.['portMappings'] === true

/**
 * Whether a network can publish the ports of a pod: one with a plugin that does it, or one for
 * which appc does it. The first such network of a pod does.
 */
export const mayPublish = (network: JoinedNetwork): boolean =>
  network.config.plugins.some(isPortMapper) || isPublishedByAppc(network)

/** Whether appc publishes the ports of a pod on a network: on a bridge that it masquerades. */
export const isPublishedByAppc = ({ masquerade, config }: JoinedNetwork): boolean =>
  masquerade && bridgeOf(config) !== undefined && !config.plugins.some(isPortMapper)

/** The versions of CNI that appc speaks: those whose results hold a list of addresses. */
export const CNI_VERSIONS = ['0.3.0', '0.3.1', '0.4.0', '1.0.0'] as const

const cniVersion: Parser<string> = (value, at) =>
  (CNI_VERSIONS as readonly unknown[]).includes(value)
    ? (value as string)
    : at.fault(`expected one of ${CNI_VERSIONS.join(', ')}, got ${describe(value)}`)

/**
 * Names of networks and plugins become file names of plugins, and parts of command lines (CNI
 * specification, section 1).
 */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/

/** Whether a network may have that name. */
export const isNetworkName = (name: string): boolean => NAME.test(name)

const name: Parser<string> = (value, at) => {
  const word = text(value, at)
  if (word === null || NAME.test(word)) return word
  return at.fault(`expected letters, digits, "_", "." and "-", at most 63, got ${describe(word)}`)
}

const capabilities: Parser<Readonly<Record<string, boolean>>> = (value, at) =>
  isObject(value) && Object.values(value).every((flag) => typeof flag === 'boolean')
    ? (value as Record<string, boolean>)
    : at.fault(`expected an object of booleans, got ${describe(value)}`)

const plugin: Parser<PluginConfig> = object<PluginConfig>({
  type: required(name),
  capabilities: optional(capabilities),
})

const plugins: Parser<readonly PluginConfig[]> = (value, at) => {
  if (!Array.isArray(value)) return at.fault(`expected a list, got ${describe(value)}`)
  if (value.length === 0) return at.fault('has no plugin')
  const read = value.map((item: unknown, index) => plugin(item, at.item(index)))
  return read.every((item) => item !== null) ? read : null
}

const list = object<NetworkConfig>({
  cniVersion: required(cniVersion),
  name: required(name),
  plugins: required(plugins),
})

/** A configuration list (`*.conflist`). */
export const networkConfig: Parser<NetworkConfig> = (value, at) => {
  const config = list(value, at)
  return config && { cniVersion: config.cniVersion, name: config.name, plugins: config.plugins }
}

/** The configuration of a single plugin (`*.conf`): the network is named in it. */
export const singleConfig: Parser<NetworkConfig> = (value, at) => {
  if (!isObject(value)) return at.fault(`expected an object, got ${describe(value)}`)
  const { cniVersion, name, ...rest } = value
  return networkConfig({ cniVersion, name, plugins: [rest] }, at)
}
