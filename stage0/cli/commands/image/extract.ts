import { dataDir } from '../../../data-dir.js'
import { parseReference } from '../../../image/reference.js'
import { writeTree } from '../../../render/write-tree.js'
import { openStore } from '../../../store/store.js'
import type { Command } from '../../command.js'
import { configureTree, type TreeOptions } from '../../tree-options.js'

export const command: Command<TreeOptions> = {
  usage: 'image extract <image> <directory>',
  describe: 'Writes the files of an image alone, without its dependencies, into a new directory.',
  configure: configureTree,
  run: async ({ image: word, directory, overwrite, 'rootfs-only': rootfsOnly }, context) => {
    const store = openStore(dataDir(context.dataDir))
    const { id } = store.find(parseReference(word))
    const lock = await store.share(id)
    try {
      const image = store.get(id)
      await writeTree(store, image, [image.rootfs], directory, { overwrite, rootfsOnly })
      return {}
    } finally {
      lock.release()
    }
  },
}
