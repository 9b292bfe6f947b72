import { isAbsolute, resolve } from 'node:path'
import { RuntimeError } from '#schema/errors.js'

/** The options every command takes. */
export interface Globals {
  readonly dataDir: string
  readonly debug: boolean
  readonly help: boolean
  readonly version: boolean
}

export const DEFAULT_DATA_DIR = '/var/lib/appc'

/** What `--help` says of them. */
export const GLOBAL_HELP: readonly (readonly [string, string])[] = [
  ['--dir=PATH', `the data directory (${DEFAULT_DATA_DIR})`],
  ['--debug', 'tell on stderr what is done, and the causes of errors'],
  ['--help', 'this text; after a command, its own'],
  ['--version', 'print the version'],
]

/**
 * Takes the global options that lead `words` and gives what follows them. Errors: USAGE for a `--dir` without a path.
 */
export function takeGlobals(words: readonly string[], before?: Globals): { globals: Globals; rest: readonly string[] } {
  let globals = before ?? { dataDir: DEFAULT_DATA_DIR, debug: false, help: false, version: false }
  let index = 0
  for (; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--debug' || word === '-debug') globals = { ...globals, debug: true }
    else if (word === '--help' || word === '-h') globals = { ...globals, help: true }
    else if (word === '--version') globals = { ...globals, version: true }
    else if (word === '--dir') globals = { ...globals, dataDir: dataDirOf(words[++index]) }
    else if (word.startsWith('--dir=')) globals = { ...globals, dataDir: dataDirOf(word.slice('--dir='.length)) }
    else break
  }
  return { globals, rest: words.slice(index) }
}

/** The absolute form of `--dir`. */
export function dataDirOf(path: string | undefined): string {
  if (path === undefined || path === '') throw new RuntimeError('USAGE', '--dir: a path must follow')
  return isAbsolute(path) ? path : resolve(path)
}
