import type { RawCommand } from '../command.js'
import { RuntimeError } from '#schema/errors.js'
import { AC_VERSION } from '#schema/ac-version.js'
import { VERSION } from '../../version.js'

export const command: RawCommand = {
  usage: 'version',
  describe: 'print the version',
  help: () =>
    'usage: appc version\n\nPrints the version of appc, of the App Container specification it follows, and of Bun.',
  unprivileged: true,
  runRaw: (words) => {
    if (words.length > 0) throw new RuntimeError('USAGE', `version: not known: ${words.join(' ')}`)
    return Promise.resolve({
      lines: [`appc ${VERSION}`, `appc specification ${AC_VERSION}`, `bun ${process.versions['bun'] ?? 'unknown'}`],
    })
  },
}
