import { dataDir } from '../../../data-dir.js'
import { parseReference } from '../../../image/reference.js'
import { imageUsers } from '../../../store/image-users.js'
import { openStore } from '../../../store/store.js'
import type { Command } from '../../command.js'

interface Options {
  readonly image: readonly string[]
}

export const command: Command<Options> = {
  usage: 'image rm <image..>',
  describe: 'Removes images from the store and prints their IDs, one per line.',
  configure: (parser) =>
    parser.positional('image', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'an image ID, its beginning (sha512-…), or name[:version][,label=value…]',
    }),
  run: ({ image }, context) => {
    const dir = dataDir(context.dataDir)
    const store = openStore(dir)
    const removed = new Set<string>()
    const failures: unknown[] = []
    const ids = new Set<string>()
    for (const reference of image) {
      try {
        ids.add(store.resolve(parseReference(reference)))
      } catch (error) {
        failures.push(error)
      }
    }
    for (const id of ids) {
      try {
        store.remove(id, (imageID) => imageUsers(dir, imageID))
        removed.add(id)
      } catch (error) {
        failures.push(error)
      }
    }
    return { lines: [...removed], failures }
  },
}
