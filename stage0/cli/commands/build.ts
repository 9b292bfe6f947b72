import { extname } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { buildImage } from '../../image/build.js'
import type { Command, Outcome } from '../command.js'

interface Options {
  readonly directory: string | undefined
  readonly file: string | undefined
  readonly overwrite: boolean
  readonly 'no-compression': boolean
  readonly 'owner-root': boolean
}

/** The words and exit statuses are actool's (V1). */
export const command: Command<Options> = {
  usage: 'build [directory] [file]',
  describe: 'Makes an image from an image layout: a directory with a manifest and a rootfs.',
  singleDash: true,
  unprivileged: true,
  configure: (parser) =>
    parser
      .positional('directory', { type: 'string', describe: 'the image layout' })
      .positional('file', { type: 'string', describe: 'the image, FILE.aci' })
      .option('overwrite', { type: 'boolean', default: false, describe: 'replace FILE where it is' })
      .option('no-compression', { type: 'boolean', default: false, describe: 'a plain tar instead of a gzipped one' })
      .option('owner-root', { type: 'boolean', default: false, describe: 'everything belongs to root' }),
  run: async ({ directory, file, overwrite, 'no-compression': plain, 'owner-root': ownerRoot }) => {
    if (directory === undefined || file === undefined) return failed('Must provide directory and output file')
    if (extname(file) !== '.aci') return failed(`Extension must be .aci (given ${extname(file)})`)
    try {
      await buildImage(directory, file, { overwrite, compress: !plain, ownerRoot })
      return {}
    } catch (error) {
      if (error instanceof RuntimeError) return failed(inActoolsWords(error, file))
      // a full disk, a file of the layout that cannot be read
      if (error instanceof Error && 'syscall' in error) return failed(`Error walking rootfs: ${error.message}`)
      throw error
    }
  },
}

const failed = (message: string): Outcome => ({ notes: [`build: ${message}`], exit: 1 })

function inActoolsWords(error: RuntimeError, file: string): string {
  if (error.code === 'ARCHIVE_INVALID') return `Layout failed validation: ${error.message}`
  if (error.code === 'FILE_EXISTS') return 'Target file exists (try --overwrite)'
  if (error.code === 'FILE_UNREADABLE') return `Unable to open target ${file}: ${error.message}`
  return error.message
}
