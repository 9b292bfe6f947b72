import { dataDir } from '../../data-dir.js'
import { obtain } from '../../store/obtain.js'
import { openStore } from '../../store/store.js'
import type { Command } from '../command.js'
import { progressLine } from '../progress.js'

interface Options {
  readonly image: readonly string[]
}

export const command: Command<Options> = {
  usage: 'fetch <image..>',
  describe: 'Takes images into the store and prints their IDs, one per line.',
  configure: (parser) =>
    parser.positional('image', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'an image archive (FILE.aci, or - for stdin), or the name or ID of a stored image',
    }),
  run: async ({ image }, context) => {
    const store = openStore(dataDir(context.dataDir))
    const lines: string[] = []
    const failures: unknown[] = []
    for (const word of image) {
      using progress = progressLine()
      try {
        const { id } = await obtain(word, store, { onProgress: progress.show })
        context.log('fetched', { image: id, from: word })
        lines.push(id)
      } catch (error) {
        failures.push(error)
      }
    }
    return { lines, failures }
  },
}
