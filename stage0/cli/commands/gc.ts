import { dataDir } from '../../data-dir.js'
import { collectPods, type Change } from '../../pod/gc.js'
import { openStore } from '../../store/store.js'
import type { Command } from '../command.js'
import { parseDuration } from '../duration.js'

interface Options {
  readonly 'grace-period': string
  readonly 'expire-prepared': string
  readonly 'mark-only': boolean
  readonly 'dry-run': boolean
}

export const command: Command<Options> = {
  usage: 'gc',
  describe: 'Removes pods that exited some time ago, and what crashes left behind.',
  listing: true,
  configure: (parser) =>
    parser
      .option('grace-period', { type: 'string', default: '30m', describe: 'how long a pod is kept once it is marked' })
      .option('expire-prepared', { type: 'string', default: '24h', describe: 'how long a prepared pod may wait' })
      .option('mark-only', { type: 'boolean', default: false, describe: 'mark exited pods, remove nothing' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'only tell what would be done' }),
  run: async (options, context) => {
    const gracePeriod = parseDuration('grace-period', options['grace-period'])
    const expirePrepared = parseDuration('expire-prepared', options['expire-prepared'])
    const { 'mark-only': markOnly, 'dry-run': dryRun } = options
    const dir = dataDir(context.dataDir)
    const store = openStore(dir)
    const { changes, failures, warnings } = await collectPods(dir, { gracePeriod, expirePrepared, markOnly, dryRun })
    const staging = markOnly ? [] : store.collectStaging(dryRun)
    return {
      value: [...changes, ...staging.map((path) => ({ action: 'removed', path }))],
      lines: [...changes.map(changeLine), ...staging.map((path) => `${path}: removed`)],
      failures,
      notes: warnings.map((warning) => `warning: ${warning}`),
    }
  },
}

const changeLine = ({ action, uuid, from, to }: Change): string =>
  `${uuid}: ${action === 'marked' ? `${from} → ${to ?? ''}` : 'removed'}`
