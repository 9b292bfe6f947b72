import { visible } from '#schema/visible.js'
import { Keystore, type TrustedKey } from '../../../trust/keystore.js'
import type { Command } from '../../command.js'

export const command: Command = {
  usage: 'trust list',
  describe: 'Lists the trusted keys: what they are trusted for, whose they are, where they lie.',
  listing: true,
  unprivileged: true,
  configure: (parser) => parser,
  run: async (_options, context) => {
    const { keys, problems } = await new Keystore(context.configDirs).list()
    return {
      value: keys.map(({ fingerprint, prefix, identities, path }) => ({ prefix, fingerprint, identities, path })),
      // tabs between the columns, for scripts; lines hold none
      bytes: Buffer.from(keys.map(row).join('')),
      failures: problems,
    }
  },
}

const row = ({ fingerprint, prefix, identities, path }: TrustedKey): string =>
  `${[prefix ?? '(every image)', fingerprint, identities[0] ?? '-', path].map(visible).join('\t')}\n`
