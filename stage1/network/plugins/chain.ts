import { isPortMapper, type JoinedNetwork } from '#schema/network.js'
import { PLUGIN_PATH } from '#schema/plugin-path.js'
import type { PublishedPort } from '#schema/published-port.js'
import type { Command } from './command.js'
import { pluginProgram } from './plugin-program.js'

/** The pod and the interface that the plugins of a network work on. */
export interface Attachment {
  readonly uuid: string
  readonly interfaceName: string
  /** A path of the network namespace. */
  readonly namespace: string
  /** Where programs of plugins are; default {@link PLUGIN_PATH}. */
  readonly pluginPath?: readonly string[]
  /** The ports that the network publishes, if a plugin of it does that; default none. */
  readonly ports?: readonly PublishedPort[]
}

/** The operations of the CNI specification (1.0, section 2) that appc uses. */
type Operation = 'ADD' | 'DEL'

/** The commands of a network for one pod: one for each plugin, in the order of execution. */
export interface Chain {
  /** Adds the pod: `previous` is the result of the plugin before it, absent for the first. */
  readonly add: readonly ((previous: unknown) => Command)[]
  /** Removes the pod: `result` is what the last plugin gave; absent where none did. */
  readonly del: (result?: unknown) => readonly Command[]
  /** As `del`, while the namespace still exists: what is inside of it is removed as well. */
  readonly undo: () => readonly Command[]
}

/** Errors: NETWORK_FAILED where the program of a plugin is missing. */
export function chainOf(network: JoinedNetwork, attachment: Attachment): Chain {
  const { pluginPath = PLUGIN_PATH, ports = [] } = attachment
  const { cniVersion, name, plugins } = network.config
  const programs = plugins.map(({ type }) => pluginProgram(name, type, pluginPath))
  const omitted = ['capabilities', ...(network.masquerade ? ['ipMasq'] : [])]
  const command = (operation: Operation, index: number, prevResult: unknown, namespace: string): Command => {
    const plugin = plugins[index]
    const portMappings = plugin !== undefined && isPortMapper(plugin) ? portMappingsOf(ports) : []
    const config = Object.entries(plugin ?? {}).filter(([key]) => !omitted.includes(key))
    return {
      program: programs[index] ?? '',
      arguments: [],
      environment: environmentOf(operation, network.arguments, { ...attachment, pluginPath, namespace }),
      input: JSON.stringify({
        ...Object.fromEntries(config),
        cniVersion,
        name,
        ...(portMappings.length > 0 && { runtimeConfig: { portMappings } }),
        ...(prevResult !== undefined && { prevResult }),
      }),
    }
  }
  return {
    add: plugins.map((_, index) => (previous) => command('ADD', index, previous, attachment.namespace)),
    // before 0.4.0 no plugin gets a result to remove
    del: (result) => {
      const previous = cniVersion.startsWith('0.3.') ? undefined : result
      // The namespace ends with the pod; what is outside of it a plugin removes without.
      return plugins.map((_, index) => command('DEL', index, previous, '')).reverse()
    },
    undo: () => plugins.map((_, index) => command('DEL', index, undefined, attachment.namespace)).reverse(),
  }
}

/** The capability `portMappings` (CNI's conventions): one item for each port. */
const portMappingsOf = (ports: readonly PublishedPort[]) =>
  ports.flatMap(({ protocol, hostIP, hostPort, port, count }) =>
    Array.from({ length: count }, (_, index) => ({
      hostPort: hostPort + index,
      containerPort: port + index,
      protocol,
      ...(hostIP !== undefined && { hostIP }),
    })),
  )

function environmentOf(
  operation: Operation,
  args: string,
  { uuid, interfaceName, namespace, pluginPath }: Required<Omit<Attachment, 'ports'>>,
): string[] {
  return [
    `CNI_COMMAND=${operation}`,
    `CNI_CONTAINERID=${uuid}`,
    `CNI_NETNS=${namespace}`,
    `CNI_IFNAME=${interfaceName}`,
    `CNI_PATH=${pluginPath.join(':')}`,
    // Each plugin of a chain gets all arguments, also those of another.
    ...(args === '' ? [] : [`CNI_ARGS=IgnoreUnknown=1;${args}`]),
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ]
}
