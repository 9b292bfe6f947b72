import { RuntimeError } from '#schema/errors.js'
import type { JoinedNetwork, PodNetworks } from '#schema/network.js'
import type { ConfigDirs } from './config-dirs.js'
import { type ConfiguredNetwork, readNetworks } from './networks.js'

/**
 * The networks that the operator names, or one of the words that stand alone; `all` means every
 * configured network.
 */
export type NetworkChoice = 'host' | 'none' | 'all' | readonly NamedNetwork[]

/** A network that the operator names, with what its plugins get as CNI_ARGS. */
export interface NamedNetwork {
  readonly name: string
  readonly arguments: string
}

/**
 * The networks that are meant, in the order given. Errors: NETWORK_NOT_FOUND; CONFIG_INVALID where
 * a file that may be meant cannot be read.
 */
export function chooseNetworks(dirs: ConfigDirs, choice: NetworkChoice): PodNetworks {
  if (choice === 'host' || choice === 'none') return choice
  const { networks, problems } = readNetworks(dirs)
  if (choice === 'all') {
    const [problem] = problems
    if (problem !== undefined) throw problem
    return [...networks.values()].map((network) => joined(network, ''))
  }
  return choice.map(({ name, arguments: args }) => {
    const network = networks.get(name)
    if (network !== undefined) return joined(network, args)
    const [problem] = problems
    if (problem !== undefined) throw problem
    throw new RuntimeError(
      'NETWORK_NOT_FOUND',
      `network ${name}: not configured; there are ${[...networks.keys()].join(', ')}`,
      {
        hint: 'appc network list',
      },
    )
  })
}

const joined = ({ config, masquerade, isRestricted = false }: ConfiguredNetwork, args: string): JoinedNetwork => ({
  config,
  masquerade,
  ...(isRestricted && { isRestricted }),
  arguments: args,
})
