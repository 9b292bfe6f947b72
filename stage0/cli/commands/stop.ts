import { dataDir } from '../../data-dir.js'
import { stopPod } from '../../pod/stop.js'
import type { Command } from '../command.js'
import { parseDuration } from '../duration.js'
import { allPods, eachPod, podWords, type PodOptions } from '../each-pod.js'
import { stopWithin } from '../stop-within.js'

interface Options extends PodOptions {
  readonly force: boolean
  readonly all: boolean
  readonly time: string | undefined
}

export const command: Command<Options> = {
  usage: 'stop [pod..]',
  describe: 'Stops pods, waits until they have stopped, and prints their UUIDs.',
  shorts: { a: { option: 'all' }, f: { option: 'force' }, t: { option: 'time', value: true } },
  configure: (parser) =>
    parser
      .positional('pod', { type: 'string', array: true, describe: 'names, UUIDs, or their beginnings' })
      .option('force', { type: 'boolean', default: false, describe: 'kill at once, without asking the apps' })
      .option('time', { type: 'string', describe: 'kill what still runs after that long: seconds, or like 1m30s' })
      .option('all', { type: 'boolean', default: false, describe: 'all pods that run' })
      .option('uuid-file', { type: 'string', describe: 'take the UUID from a file' }),
  run: async ({ force, time, all, ...words }, context) => {
    const dir = dataDir(context.dataDir)
    const limit = time === undefined ? null : parseTime(time)
    const allNotes: string[] = []
    const pods = all ? allPods('stop', words, dir, ['running']) : podWords('stop', words)
    const outcome = await eachPod(pods, async (word) => {
      const { uuid, already, notes } =
        limit === null || force ? await stopPod(dir, word, force) : await stopWithin(dir, word, limit)
      allNotes.push(...notes)
      return already ? `${uuid}: already stopped` : uuid
    })
    return { ...outcome, notes: allNotes }
  },
}

/** Parses a duration. A number alone means seconds, as in other programs. */
const parseTime = (text: string): number => parseDuration('time', /^\d+$/.test(text) ? `${text}s` : text)
