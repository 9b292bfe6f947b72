import { dataDir, type DataDir } from '../../data-dir.js'
import { findPod } from '../../pod/find.js'
import { Leftovers } from '../../pod/leftovers.js'
import { removePod } from '../../pod/remove.js'
import type { PodState } from '../../pod/state.js'
import { stopPod } from '../../pod/stop.js'
import type { Command } from '../command.js'
import { allPods, eachPod, podWords, type PodOptions } from '../each-pod.js'

interface Options extends PodOptions {
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
      .option('force', { type: 'boolean', default: false, describe: 'stop running pods first' })
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'all pods that do not run; with --force also running pods',
      })
      .option('uuid-file', { type: 'string', describe: 'take the UUID from a file' }),
  run: async ({ all, force, ...words }, context) => {
    const dir = dataDir(context.dataDir)
    const notes: string[] = []
    const pods = all ? allPods('rm', words, dir, force ? [...REMOVABLE, 'running'] : REMOVABLE) : podWords('rm', words)
    await using leftovers = new Leftovers(dir)
    const outcome = await eachPod(pods, async (word) => {
      if (force) notes.push(...(await stopRunning(dir, word)))
      return await removePod(dir, word, leftovers)
    })
    return { ...outcome, notes: [...notes, ...leftovers.warnings.map((warning) => `warning: ${warning}`)] }
  },
}

/** The states of pods that no process works on. */
const REMOVABLE: readonly PodState[] = ['aborted-prepare', 'prepared', 'exited', 'exited-garbage']

/** Stops the pod if it runs, and returns the notes about this. */
async function stopRunning(dir: DataDir, word: string): Promise<readonly string[]> {
  const { pod, state } = findPod(dir, word)
  return state === 'running' ? (await stopPod(dir, pod.uuid, false)).notes : []
}
