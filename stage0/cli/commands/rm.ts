import { dataDir, type DataDir } from '../../data-dir.js'
import { findPod } from '../../pod/find.js'
import { Leftovers } from '../../pod/leftovers.js'
import { removePod } from '../../pod/remove.js'
import type { PodState } from '../../pod/state.js'
import { stopPod } from '../../pod/stop.js'
import type { Command } from '../command.js'
import { allPods, eachPod, podWords, type PodWords } from '../each-pod.js'

interface Options extends PodWords {
  readonly all: boolean
  readonly force: boolean
}

export const command: Command<Options> = {
  usage: 'rm [pod..]',
  describe: 'Removes pods that do not run and prints their UUIDs.',
  shorts: { a: { option: 'all' }, f: { option: 'force' } },
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', array: true, describe: 'names, UUIDs, or their beginnings' })
      .option('force', { type: 'boolean', default: false, describe: 'stop those that run first' })
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'all pods that do not run; with --force those that run, too',
      })
      .option('uuid-file', { type: 'string', describe: 'take the UUID from a file' }),
  run: async ({ all, force, ...words }, context) => {
    const dir = dataDir(context.dataDir)
    const told: string[] = []
    const pods = all ? allPods('rm', words, dir, force ? [...ENDED, 'running'] : ENDED) : podWords('rm', words)
    await using leftovers = new Leftovers(dir)
    const outcome = await eachPod(pods, async (word) => {
      if (force) told.push(...(await stopRunning(dir, word)))
      return await removePod(dir, word, leftovers)
    })
    return { ...outcome, notes: [...told, ...leftovers.warnings.map((warning) => `warning: ${warning}`)] }
  },
}

/** Those that nobody works on. */
const ENDED: readonly PodState[] = ['aborted-prepare', 'prepared', 'exited', 'exited-garbage']

/** Gives what there is to tell of the stop. */
async function stopRunning(dir: DataDir, word: string): Promise<readonly string[]> {
  const { pod, state } = findPod(dir, word)
  return state === 'running' ? (await stopPod(dir, pod.uuid, false)).notes : []
}
