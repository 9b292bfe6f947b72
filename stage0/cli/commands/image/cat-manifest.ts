import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataDir } from '../../../data-dir.js'
import { IMAGE_DIR } from '../../../store/read.js'
import { openStore } from '../../../store/store.js'
import type { Command } from '../../command.js'

interface Options {
  readonly image: string
  readonly 'pretty-print': boolean
}

export const command: Command<Options> = {
  usage: 'image cat-manifest <image>',
  describe: 'Prints the manifest of an image, byte for byte as the image has it.',
  configure: (parser) =>
    parser
      .positional('image', { type: 'string', demandOption: true, describe: 'an image ID, its beginning, or a name' })
      .option('pretty-print', { type: 'boolean', default: false, describe: 'indented, and with a line end' }),
  run: ({ image, 'pretty-print': pretty }, context) => {
    const { directory } = openStore(dataDir(context.dataDir)).find(image)
    const bytes = readFileSync(join(directory, IMAGE_DIR.manifest))
    return pretty ? { lines: [JSON.stringify(JSON.parse(bytes.toString()), null, 4)] } : { bytes }
  },
}
