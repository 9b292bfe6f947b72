import { RuntimeError } from '#schema/errors.js'
import { dataDir } from '../../data-dir.js'
import { PULL_POLICIES, type PullPolicy } from '../../fetch/fetch.js'
import { parseImageWord } from '../../image/word.js'
import { openStore } from '../../store/store.js'
import { descriptorFile } from '../../trust/passphrase.js'
import type { Command } from '../command.js'
import { openFetcher } from '../fetcher.js'
import { POD } from '../run-arguments/options.js'
import { PROGRESS_MODES, type ProgressMode } from '../../fetch/progress-mode.js'

interface Options {
  readonly image: readonly string[]
  readonly 'pull-policy': PullPolicy
  readonly signature: string | undefined
  readonly full: boolean
  readonly progress: ProgressMode | undefined
  readonly 'passphrase-file': string | undefined
  readonly 'passphrase-fd': string | undefined
  readonly 'max-image-size': string | undefined
}

export const command: Command<Options> = {
  usage: 'fetch <image..>',
  describe: 'Takes images and what they depend on into the store and prints their IDs, one per line.',
  configure: (parser) =>
    parser
      .positional('image', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'a file (FILE.aci, or - for stdin), a URL of one, or a name: NAME[:VERSION][,LABEL=VALUE…]',
      })
      .option('pull-policy', {
        choices: PULL_POLICIES,
        default: 'update' as const,
        describe: 'new: ask servers only for images that the store does not have; never; update: ask for newer ones',
      })
      .option('signature', { type: 'string', describe: 'the signature of the one image given, a file' })
      .option('full', { type: 'boolean', default: true, describe: 'print whole IDs, as is done anyway' })
      .option('progress', {
        choices: PROGRESS_MODES,
        describe: POD.progress.help,
      })
      .option('passphrase-file', { type: 'string', describe: 'opens encrypted images: the first line of a file' })
      .option('max-image-size', { type: 'string', describe: POD.maxImageBytes.help })
      .option('passphrase-fd', { type: 'string', describe: 'the same from an open descriptor, a number' }),
  run: async (
    { image: words, signature, 'passphrase-fd': descriptor, 'max-image-size': maxSize, ...options },
    context,
  ) => {
    if (signature !== undefined && words.length > 1) {
      throw new RuntimeError('USAGE', 'fetch: --signature is of one image, but several are given', {
        hint: 'appc fetch --signature=FILE.asc FILE.aci',
      })
    }
    using fetcher = openFetcher(openStore(dataDir(context.dataDir)), context, {
      pullPolicy: options['pull-policy'],
      progress: options.progress,
      passphraseFile: descriptor === undefined ? options['passphrase-file'] : descriptorFile(descriptor),
      maxImageBytes: POD.maxImageBytes.read(maxSize === undefined ? [] : [maxSize]),
    })
    const results = await Promise.allSettled(
      words.map(async (word) => fetcher.fetch(parseImageWord(word), signature === undefined ? {} : { signature })),
    )
    return {
      lines: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : [])),
      failures: results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : [])),
    }
  },
}
