import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { visibleJSON } from '#schema/visible.js'
import { dataDir } from '../../../data-dir.js'
import { withFile } from '../../../files/open.js'
import { parseReference } from '../../../image/reference.js'
import { parseImageWord } from '../../../image/word.js'
import { IMAGE_DIR } from '../../../store/read.js'
import { openStore } from '../../../store/store.js'
import type { Command, Context } from '../../command.js'

interface Options {
  readonly image: string
  readonly 'pretty-print': boolean
}

export const command: Command<Options> = {
  usage: 'image cat-manifest <image>',
  describe: 'Prints the manifest of an image, byte for byte as the image has it.',
  singleDash: true,
  unprivileged: true,
  configure: (parser) =>
    parser
      .positional('image', {
        type: 'string',
        demandOption: true,
        describe: 'an image ID, its beginning, a name, or a file: FILE.aci',
      })
      .option('pretty-print', { type: 'boolean', default: false, describe: 'indented, and with a line end' }),
  run: async ({ image, 'pretty-print': pretty }, context) => {
    const bytes = await manifestOf(image, context)
    return pretty ? { lines: visibleJSON(JSON.parse(bytes.toString()), 4).split('\n') } : { bytes }
  },
}

/** The manifest of an image. The complete archive is checked before its manifest is shown. */
async function manifestOf(word: string, context: Context): Promise<Buffer> {
  const argument = parseImageWord(word)
  if (argument.kind === 'file') {
    const { checkArchive } = await import('../../../aci/check-archive.js')
    return await withFile(argument.path, checkArchive)
  }
  if (process.getuid?.() !== 0) {
    throw new RuntimeError('NOT_ROOT', 'image cat-manifest: reading the store needs root', {
      hint: `sudo appc image cat-manifest ${word}`,
    })
  }
  const isReference = argument.kind === 'id' || argument.kind === 'name'
  const reference = isReference ? argument : parseReference(word)
  const { directory } = openStore(dataDir(context.dataDir)).find(reference)
  return readFileSync(join(directory, IMAGE_DIR.manifest))
}
