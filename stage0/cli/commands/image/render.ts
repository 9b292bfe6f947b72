import { dataDir } from '../../../data-dir.js'
import { parseReference } from '../../../image/reference.js'
import { render } from '../../../render/render.js'
import { writeTree } from '../../../render/write-tree.js'
import { openStore } from '../../../store/store.js'
import type { Command } from '../../command.js'
import { configureTree, type TreeOptions } from '../../tree-options.js'

export const command: Command<TreeOptions> = {
  usage: 'image render <image> <directory>',
  describe: 'Writes the root an app of the image gets, dependencies and all, into a new directory.',
  configure: configureTree,
  run: async ({ image: word, directory, overwrite, 'rootfs-only': rootfsOnly }, context) => {
    const store = openStore(dataDir(context.dataDir))
    const image = store.find(parseReference(word))
    using rendered = await render(store, image)
    await writeTree(store, image, rendered.layers, directory, { overwrite, rootfsOnly })
    return {}
  },
}
