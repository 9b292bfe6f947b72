import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, messageOf, RuntimeError } from '#schema/errors.js'
import type { Config } from '../config/config.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import type { Context } from './command.js'
import { DEFAULT_DATA_DIR, type Globals } from './globals.js'
import { openLog } from './log.js'
import { emitLines } from './output.js'

/** What a command gets to know of the global options. Errors: CONFIG_INVALID, where paths.d must be read. */
export async function contextOf(globals: Globals): Promise<Context> {
  const { configDirs, insecure, trustKeysFromHTTPS, debug } = globals
  let read: Promise<Config> | undefined
  const config = (): Promise<Config> => (read ??= load(configDirs))
  return {
    dataDir: globals.dataDir ?? (hasPaths(configDirs) ? (await config()).dataDir : undefined) ?? DEFAULT_DATA_DIR,
    configDirs,
    config,
    insecure,
    trustKeysFromHTTPS,
    debug,
    warn: (message) => void emitLines(2, [`warning: ${message}`]),
    log: await openLog(debug),
  }
}

/** Loaded when it is needed: most calls of `run` do without. */
async function load(dirs: ConfigDirs): Promise<Config> {
  const { loadConfig } = await import('../config/config.js')
  return loadConfig(dirs)
}

/** Whether a file could name another data directory. */
const hasPaths = ({ system, local, user }: ConfigDirs): boolean =>
  [system, local, ...(user === undefined ? [] : [user])].some((level) => isFilled(join(level, 'paths.d')))

function isFilled(path: string): boolean {
  try {
    return readdirSync(path).length > 0
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR')) return false
    // who may not read it cannot use the data directory either, and may well need none
    if (isErrno(cause, 'EACCES')) return false
    throw new RuntimeError('CONFIG_INVALID', `${path}: cannot be read: ${messageOf(cause)}`, { cause })
  }
}
