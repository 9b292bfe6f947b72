import type { Argv } from 'yargs'

/** The options of `image render` and `image extract`. */
export interface TreeOptions {
  readonly image: string
  readonly directory: string
  readonly 'rootfs-only': boolean
  readonly overwrite: boolean
}

/** Configures the options of both commands in yargs. */
export const configureTree = (parser: Argv): Argv<TreeOptions> =>
  parser
    .positional('image', { type: 'string', demandOption: true, describe: 'an image ID, its beginning, or a name' })
    .positional('directory', { type: 'string', demandOption: true, describe: 'where to; it is made' })
    .option('rootfs-only', {
      type: 'boolean',
      default: false,
      describe: 'the files themselves, without manifest and rootfs/ around them',
    })
    .option('overwrite', { type: 'boolean', default: false, describe: 'replace DIRECTORY with all that is in it' })
