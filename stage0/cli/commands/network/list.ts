import { messageOf } from '#schema/errors.js'
import { type ConfiguredNetwork, readNetworks } from '../../../config/networks.js'
import { networkProblems } from '../../../config/network-problems.js'
import type { Command } from '../../command.js'
import { type Column, table } from '../../table.js'

interface Options {
  readonly 'no-legend': boolean
}

export const command: Command<Options> = {
  usage: 'network list',
  describe: 'Lists the networks that pods may join, and what is wrong with their files.',
  listing: true,
  configure: (parser) => parser.option('no-legend', { type: 'boolean', default: false, describe: 'no headings' }),
  run: ({ 'no-legend': noLegend }, { configDirs }) => {
    const { networks, problems } = readNetworks(configDirs)
    const all = [...networks.values()].map((network) => ({ ...network, problems: networkProblems(network) }))
    return {
      value: all.map(facts),
      lines: table(COLUMNS, all, { legend: !noLegend }),
      notes: [
        ...problems.map(messageOf),
        ...all.flatMap(({ config, problems: own }) => own.map((problem) => `network ${config.name}: ${problem}`)),
      ].map((problem) => `warning: ${problem}`),
    }
  },
}

/** The names of the plugins, in the order of their execution. */
const plugins = ({ config }: ConfiguredNetwork): readonly string[] => config.plugins.map(({ type }) => type)

interface ListedNetwork extends ConfiguredNetwork {
  readonly problems: readonly string[]
}

const facts = (network: ListedNetwork): Readonly<Record<string, unknown>> => ({
  name: network.config.name,
  cni_version: network.config.cniVersion,
  plugins: plugins(network),
  file: network.file,
  problems: network.problems,
})

const COLUMNS: readonly Column<ConfiguredNetwork>[] = [
  { heading: 'NAME', cell: ({ config }) => config.name },
  { heading: 'PLUGINS', cell: (network) => plugins(network).join(',') },
  { heading: 'CNI', cell: ({ config }) => config.cniVersion },
  { heading: 'FILE', cell: ({ file }) => file ?? 'built in' },
]
