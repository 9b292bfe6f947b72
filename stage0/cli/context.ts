import type { Config } from '../config/config.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import { hasFiles } from '../config/has-files.js'
import type { Context } from './command.js'
import { DEFAULT_DATA_DIR, type Globals } from './globals.js'
import { openLog } from './log.js'
import { emitLines } from './output.js'

/**
 * Makes the context of a command from the global options. Errors: CONFIG_INVALID, where paths.d
 * must be read.
 */
export async function contextOf(globals: Globals): Promise<Context> {
  const { configDirs, insecure, trustKeysFromHTTPS, debug } = globals
  let loading: Promise<Config> | undefined
  const config = (): Promise<Config> => (loading ??= load(configDirs))
  return {
    dataDir:
      globals.dataDir ?? (hasFiles(configDirs, 'paths.d') ? (await config()).dataDir : undefined) ?? DEFAULT_DATA_DIR,
    configDirs,
    config,
    insecure,
    trustKeysFromHTTPS,
    debug,
    warn: (message) => void emitLines(2, [`warning: ${message}`]),
    log: await openLog(debug),
  }
}

/**
 * The module is loaded only when it is needed: most calls of `run` do not read the configuration.
 */
async function load(dirs: ConfigDirs): Promise<Config> {
  const { loadConfig } = await import('../config/config.js')
  return loadConfig(dirs)
}
