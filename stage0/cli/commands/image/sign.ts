import { openSigningKey, signBeside } from '../../../trust/sign.js'
import type { Command } from '../../command.js'

interface Options {
  readonly key: string
  readonly 'passphrase-file': string | undefined
  readonly overwrite: boolean
  readonly file: readonly string[]
}

export const command: Command<Options> = {
  usage: 'image sign <file..>',
  describe: 'Signs image files: FILE.aci.asc is made beside each, and its path printed.',
  unprivileged: true,
  configure: (parser) =>
    parser
      .positional('file', { type: 'string', array: true, demandOption: true, describe: 'image files' })
      .option('key', { type: 'string', demandOption: true, describe: 'the file of a secret PGP key' })
      .option('passphrase-file', { type: 'string', describe: 'the first line of FILE opens the key' })
      .option('overwrite', { type: 'boolean', default: false, describe: 'replace signatures that are there' }),
  run: async ({ key: path, 'passphrase-file': file, overwrite, file: files }) => {
    const key = await openSigningKey({ path, passphrase: file === undefined ? {} : { file } })
    const lines: string[] = []
    const failures: unknown[] = []
    for (const image of files) {
      try {
        lines.push(await signBeside(image, key, { overwrite }))
      } catch (error) {
        failures.push(error)
      }
    }
    return { lines, failures }
  },
}
