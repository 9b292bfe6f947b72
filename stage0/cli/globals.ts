import { isAbsolute, resolve } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { CONFIG_DIRS, type ConfigDirs } from '../config/config-dirs.js'
import { type InsecureOptions, parseInsecureOptions, SECURE } from '../config/insecure-options.js'

/** The options of every command. */
export interface Globals {
  /** `--dir`, absolute; undefined if it was not given. */
  readonly dataDir: string | undefined
  readonly configDirs: ConfigDirs
  readonly insecure: InsecureOptions
  readonly trustKeysFromHTTPS: boolean
  readonly debug: boolean
  readonly help: boolean
  readonly version: boolean
}

export const DEFAULT_DATA_DIR = '/var/lib/appc'

export const DEFAULTS: Globals = {
  dataDir: undefined,
  configDirs: CONFIG_DIRS,
  insecure: SECURE,
  trustKeysFromHTTPS: false,
  debug: false,
  help: false,
  version: false,
}

interface GlobalRow {
  /** The name of the value in the help; a switch has none. */
  readonly value?: string
  readonly describe: string
  readonly apply: (globals: Globals, value: string) => Globals
}

const directory = (level: keyof ConfigDirs, describe: string): GlobalRow => ({
  value: 'PATH',
  describe,
  apply: (globals, path) => ({
    ...globals,
    configDirs: { ...globals.configDirs, [level]: absolutePath(`${level}-config`, path) },
  }),
})

/** The global options, for both parsers and the help. */
export const GLOBALS: Readonly<Record<string, GlobalRow>> = {
  dir: {
    value: 'PATH',
    describe: `the data directory (${DEFAULT_DATA_DIR}, or what paths.d says)`,
    apply: (globals, path) => ({ ...globals, dataDir: absolutePath('dir', path) }),
  },
  'system-config': directory('system', `the distribution's configuration (${CONFIG_DIRS.system})`),
  'local-config': directory('local', `the host's configuration (${CONFIG_DIRS.local})`),
  'user-config': directory('user', 'further configuration, which overrides the others'),
  'insecure-options': {
    value: 'WORD,…',
    describe: 'checks to leave out: image, tls, http, pubkey, ondisk, capabilities, all-fetch, all',
    apply: (globals, value) => ({ ...globals, insecure: parseInsecureOptions(value) }),
  },
  'trust-keys-from-https': {
    describe: 'trust keys found by discovery over https without asking',
    apply: (globals, value) => ({ ...globals, trustKeysFromHTTPS: parseBoolean('trust-keys-from-https', value) }),
  },
  debug: {
    describe: 'tell on stderr what is done, and the causes of errors',
    apply: (globals, value) => ({ ...globals, debug: parseBoolean('debug', value) }),
  },
}

/** The lines of `--help` about the global options. */
export const GLOBAL_HELP: readonly (readonly [string, string])[] = [
  ...Object.entries(GLOBALS).map(
    ([name, { value, describe }]) => [`--${name}${value === undefined ? '' : `=${value}`}`, describe] as const,
  ),
  ['--help', 'this text; after a command, its own'],
  ['--version', 'print the version'],
]

/**
 * Parses the global options at the beginning of `words`, and returns the words after them. Errors:
 * USAGE, FILE_UNREADABLE.
 */
export function parseGlobals(
  words: readonly string[],
  initial = DEFAULTS,
): { globals: Globals; rest: readonly string[] } {
  let globals = initial
  let index = 0
  for (; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--help' || word === '-h') globals = { ...globals, help: true }
    else if (word === '--version') globals = { ...globals, version: true }
    else if (word === '-debug') globals = { ...globals, debug: true }
    else {
      const [, name = '', attachedValue] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
      const row = Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : undefined
      if (row === undefined) break
      globals = row.apply(globals, attachedValue ?? (row.value === undefined ? 'true' : (words[++index] ?? '')))
    }
  }
  return { globals, rest: words.slice(index) }
}

function absolutePath(option: string, path: string): string {
  if (path === '') throw new RuntimeError('USAGE', `--${option}: a path must follow`)
  if (isAbsolute(path)) return path
  // the launcher sets this variable after it changed from the missing directory to another one
  if (process.env['APPC_DIRECTORY_GONE'] === undefined) return resolve(path)
  throw new RuntimeError('FILE_UNREADABLE', 'the current directory does not exist any more', { hint: 'cd /' })
}

function parseBoolean(option: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw new RuntimeError('USAGE', `--${option}=${value}: expected true or false`)
}
