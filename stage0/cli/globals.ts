import { isAbsolute, resolve } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { CONFIG_DIRS, type ConfigDirs } from '../config/config-dirs.js'
import { type InsecureOptions, parseInsecureOptions, SECURE } from '../config/insecure-options.js'

/** The options every command takes. */
export interface Globals {
  /** `--dir`, absolute; undefined where it was not given. */
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
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string
  readonly describe: string
  readonly apply: (globals: Globals, value: string) => Globals
}

const directory = (level: keyof ConfigDirs, describe: string): GlobalRow => ({
  value: 'PATH',
  describe,
  apply: (globals, path) => ({
    ...globals,
    configDirs: { ...globals.configDirs, [level]: absolute(`${level}-config`, path) },
  }),
})

/** The options, for both parsers and the help. */
export const GLOBALS: Readonly<Record<string, GlobalRow>> = {
  dir: {
    value: 'PATH',
    describe: `the data directory (${DEFAULT_DATA_DIR}, or what paths.d says)`,
    apply: (globals, path) => ({ ...globals, dataDir: absolute('dir', path) }),
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
    apply: (globals, value) => ({ ...globals, trustKeysFromHTTPS: truth('trust-keys-from-https', value) }),
  },
  debug: {
    describe: 'tell on stderr what is done, and the causes of errors',
    apply: (globals, value) => ({ ...globals, debug: truth('debug', value) }),
  },
}

/** What `--help` says of them. */
export const GLOBAL_HELP: readonly (readonly [string, string])[] = [
  ...Object.entries(GLOBALS).map(
    ([name, { value, describe }]) => [`--${name}${value === undefined ? '' : `=${value}`}`, describe] as const,
  ),
  ['--help', 'this text; after a command, its own'],
  ['--version', 'print the version'],
]

/** Takes the global options that lead `words` and gives what follows them. Errors: USAGE. */
export function takeGlobals(
  words: readonly string[],
  before = DEFAULTS,
): { globals: Globals; rest: readonly string[] } {
  let globals = before
  let index = 0
  for (; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--help' || word === '-h') globals = { ...globals, help: true }
    else if (word === '--version') globals = { ...globals, version: true }
    else if (word === '-debug') globals = { ...globals, debug: true }
    else {
      const [, name = '', attached] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
      const row = Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : undefined
      if (row === undefined) break
      globals = row.apply(globals, attached ?? (row.value === undefined ? 'true' : (words[++index] ?? '')))
    }
  }
  return { globals, rest: words.slice(index) }
}

function absolute(option: string, path: string): string {
  if (path === '') throw new RuntimeError('USAGE', `--${option}: a path must follow`)
  if (isAbsolute(path)) return path
  // the launcher says so, and has gone elsewhere
  if (process.env['APPC_DIRECTORY_GONE'] === undefined) return resolve(path)
  throw new RuntimeError('FILE_UNREADABLE', 'the current directory does not exist any more', { hint: 'cd /' })
}

function truth(option: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw new RuntimeError('USAGE', `--${option}=${value}: expected true or false`)
}
