import { validate, VALIDATE_TYPES, type ValidateType } from '../../aci/validate.js'
import type { Command } from '../command.js'

interface Options {
  readonly file: readonly string[] | undefined
  readonly type: ValidateType | undefined
}

/**
 * The messages and exit statuses are those of actool (V2): no output if all files are valid, else
 * the first problem of each file and 1. A wrong command line gives 2, as in all commands.
 */
export const command: Command<Options> = {
  usage: 'validate [file..]',
  describe: 'Checks images, image layouts and manifests against the specification. Silent when they are valid.',
  singleDash: true,
  unprivileged: true,
  configure: (parser) =>
    parser
      .positional('file', { type: 'string', array: true, describe: 'an image, an image layout or a manifest' })
      .option('type', {
        choices: VALIDATE_TYPES,
        describe: 'the type of the files; default: detected by their content',
      }),
  run: async ({ file: files = [], type }, { debug }) => {
    if (files.length === 0) return { notes: ['must pass one or more files'], exit: 2 }
    const notes: string[] = []
    let exit = 0
    for (const file of files) {
      const { line, valid, warnings, fatal } = await validate(file, type)
      notes.push(...warnings)
      if (!valid || debug) notes.push(line)
      if (!valid) exit = 1
      if (fatal) break
    }
    return { notes, exit }
  },
}
