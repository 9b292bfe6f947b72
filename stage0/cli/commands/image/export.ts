import { dataDir } from '../../../data-dir.js'
import { parseReference } from '../../../image/reference.js'
import { exportImage } from '../../../store/export.js'
import { openStore } from '../../../store/store.js'
import type { Command } from '../../command.js'

interface Options {
  readonly image: string
  readonly file: string
  readonly overwrite: boolean
}

export const command: Command<Options> = {
  usage: 'image export <image> <file>',
  describe: 'Writes an image as the uncompressed archive it came from: the same bytes, the same ID.',
  configure: (parser) =>
    parser
      .positional('image', { type: 'string', demandOption: true, describe: 'an image ID, its beginning, or a name' })
      .positional('file', { type: 'string', demandOption: true, describe: 'where to, or - for stdout' })
      .option('overwrite', { type: 'boolean', default: false, describe: 'replace FILE where it is' }),
  run: async ({ image, file, overwrite }, context) => {
    const store = openStore(dataDir(context.dataDir))
    const { id } = store.find(parseReference(image))
    const lock = await store.share(id)
    try {
      await exportImage(store.get(id), file, overwrite)
      return {}
    } finally {
      lock.release()
    }
  },
}
