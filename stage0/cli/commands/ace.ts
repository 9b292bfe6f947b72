import type { CheckResult } from '../../ace/results.js'
import type { Command, Context } from '../command.js'
import { parseNetworks } from '../run-arguments/net.js'
import { type Column, table } from '../table.js'

interface Options {
  readonly net: string
  readonly 'no-legend': boolean
}

export const command: Command<Options> = {
  usage: 'ace',
  describe:
    "Checks this host's appc from inside a pod, and lists each rule of the specification with its result. " +
    'Exits with 1 if a check failed.',
  listing: true,
  configure: (parser) =>
    parser
      .option('net', { type: 'string', default: 'default', describe: 'the networks of the pod, as for run' })
      .option('no-legend', { type: 'boolean', default: false, describe: 'no headings' }),
  run: async ({ net, 'no-legend': noLegend }, context) => {
    parseNetworks('net', [net])
    const { checkHost } = await import('../../ace/check-host.js')
    const results = await checkHost({ network: net, globals: globalWords(context) })
    return {
      value: results,
      lines: table(COLUMNS, results, { legend: !noLegend }),
      exit: results.some(({ result }) => result === 'failed') ? 1 : 0,
    }
  },
}

/** The global options of this call, for the calls of appc that do the work. */
const globalWords = ({ dataDir, configDirs: { system, local, user } }: Context): readonly string[] => [
  `--dir=${dataDir}`,
  `--system-config=${system}`,
  `--local-config=${local}`,
  ...(user === undefined ? [] : [`--user-config=${user}`]),
]

const COLUMNS: readonly Column<CheckResult>[] = [
  { heading: 'ROW', cell: ({ row }) => row },
  { heading: 'PLACE', cell: ({ place }) => place },
  { heading: 'RESULT', cell: ({ result }) => result },
  { heading: 'CHECK', cell: ({ subject, detail }) => (detail === '' ? subject : `${subject}: ${detail}`) },
]
