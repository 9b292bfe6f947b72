import { Fetcher, type PullPolicy } from '../fetch/fetch.js'
import type { ProgressMode } from '../fetch/progress-mode.js'
import type { Store } from '../store/store.js'
import type { Context } from './command.js'

/** The options of `run` and `fetch` about fetching. */
export interface FetchOptions {
  readonly pullPolicy: PullPolicy
  readonly progress?: ProgressMode | undefined
  readonly passphraseFile?: string | undefined
  readonly maxImageBytes?: number | undefined
}

/** Opens the fetcher of one call of appc. */
export function openFetcher(
  store: Store,
  context: Context,
  { pullPolicy, progress, passphraseFile, maxImageBytes }: FetchOptions,
): Fetcher {
  const { config, configDirs, insecure, trustKeysFromHTTPS, warn, log } = context
  return new Fetcher({
    store,
    config,
    configDirs,
    insecure,
    trustKeysFromHTTPS,
    pullPolicy,
    warn,
    log,
    progress: async () => {
      const { openProgress } = await import('./progress/progress.js')
      return openProgress(progress)
    },
    ...(passphraseFile !== undefined && { passphraseFile }),
    ...(maxImageBytes !== undefined && { maxImageBytes }),
  })
}
