import { dataDir } from '../../../data-dir.js'
import { collectImages } from '../../../render/collect.js'
import { collectDownloads, collectRemotes } from '../../../store/collect-downloads.js'
import { openStore } from '../../../store/store.js'
import type { Command } from '../../command.js'
import { parseDuration } from '../../duration.js'

interface Options {
  readonly 'grace-period': string
}

export const command: Command<Options> = {
  usage: 'image gc',
  describe: 'Removes images, rendered trees and downloads that nothing needs.',
  listing: true,
  configure: (parser) =>
    parser.option('grace-period', {
      type: 'string',
      default: '24h',
      describe: 'how long an image, or a download, stays after its last use',
    }),
  run: (options, context) => {
    const gracePeriod = parseDuration('grace-period', options['grace-period'])
    const dir = dataDir(context.dataDir)
    const store = openStore(dir)
    const now = new Date()
    const { removed, failures } = collectImages(store, gracePeriod, now)
    // a file that was written a moment ago may be younger than `now`
    const isOld = (time: number): boolean => gracePeriod === 0 || now.getTime() - time >= gracePeriod
    const files = [...collectDownloads(dir, isOld), ...collectRemotes(dir, isOld), ...store.collectStaging()]
    return {
      value: [
        ...removed.map(({ kind, id }) => ({ action: 'removed', kind, id })),
        ...files.map((path) => ({ action: 'removed', path })),
      ],
      lines: [...removed.map(({ kind, id }) => `${id}: ${kind} removed`), ...files.map((path) => `${path}: removed`)],
      failures,
    }
  },
}
