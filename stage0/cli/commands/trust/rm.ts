import { RuntimeError } from '#schema/errors.js'
import { FINGERPRINT } from '../../../trust/key-files.js'
import { Keystore } from '../../../trust/keystore.js'
import type { Command } from '../../command.js'
import { scopeOf, type ScopeOptions, scopeOptions } from './scope.js'

interface Options extends ScopeOptions {
  readonly fingerprint: string
}

export const command: Command<Options> = {
  usage: 'trust rm <fingerprint>',
  describe: 'Trusts a key no longer; without --prefix and --root, for nothing.',
  configure: (parser) =>
    scopeOptions(
      parser.positional('fingerprint', { type: 'string', demandOption: true, describe: 'as trust list shows it' }),
    ),
  run: async (options, context) => {
    const fingerprint = options.fingerprint.replaceAll(' ', '').toLowerCase()
    if (!FINGERPRINT.test(fingerprint)) {
      throw new RuntimeError('USAGE', `trust rm: ${options.fingerprint} is not a fingerprint (40 or 64 hex digits)`, {
        hint: 'appc trust list',
      })
    }
    const keystore = new Keystore(context.configDirs)
    const scope = scopeOf(options)
    const scopes = scope === undefined ? keystore.scopesOf(fingerprint) : [scope]
    if (scopes.length === 0) {
      throw new RuntimeError('KEY_UNTRUSTED', `key ${fingerprint}: not trusted`, { hint: 'appc trust list' })
    }
    const lines: string[] = []
    for (const prefix of scopes) {
      const { removed, masked } = await keystore.remove(fingerprint, prefix)
      lines.push(...removed.map((path) => `Removed key at ${JSON.stringify(path)}`))
      if (masked !== null) lines.push(`Masked the system's key at ${JSON.stringify(masked)}`)
    }
    return { lines }
  },
}
