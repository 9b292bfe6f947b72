import { dataDir } from '../../data-dir.js'
import { stopPod } from '../../pod/stop.js'
import type { Command } from '../command.js'
import { eachPod, podWords, type PodWords } from '../each-pod.js'

interface Options extends PodWords {
  readonly force: boolean
}

export const command: Command<Options> = {
  usage: 'stop [pod..]',
  describe: 'Stops pods, waits until they have stopped, and prints their UUIDs.',
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', array: true, describe: 'names, UUIDs, or their beginnings' })
      .option('force', { type: 'boolean', default: false, describe: 'kill at once, without asking the apps' })
      .option('uuid-file', { type: 'string', describe: 'take the UUID from a file' }),
  run: async ({ force, ...words }, context) => {
    const told: string[] = []
    const outcome = await eachPod(podWords('stop', words), async (word) => {
      const { uuid, already, notes } = await stopPod(dataDir(context.dataDir), word, force)
      told.push(...notes)
      return already ? `${uuid}: already stopped` : uuid
    })
    return { ...outcome, notes: told }
  },
}
