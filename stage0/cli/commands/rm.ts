import { dataDir } from '../../data-dir.js'
import { removePod } from '../../pod/remove.js'
import type { Command } from '../command.js'
import { eachPod, podWords, type PodWords } from '../each-pod.js'

export const command: Command<PodWords> = {
  usage: 'rm [pod..]',
  describe: 'Removes pods that do not run and prints their UUIDs.',
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', array: true, describe: 'names, UUIDs, or their beginnings' })
      .option('uuid-file', { type: 'string', describe: 'take the UUID from a file' }),
  run: (words, context) => eachPod(podWords('rm', words), (word) => removePod(dataDir(context.dataDir), word)),
}
