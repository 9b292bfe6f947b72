import { basename, dirname, extname, join, normalize, relative, resolve } from 'node:path'
import type yargs from 'yargs'
// @ts-expect-error TS7016: published without types
import { YargsFactory } from '../../node_modules/yargs/build/lib/yargs-factory.js'
// @ts-expect-error TS7016: published without types
import { YargsParser } from '../../node_modules/yargs-parser/build/lib/yargs-parser.js'
// @ts-expect-error TS7016: published without types
import * as names from '../../node_modules/yargs-parser/build/lib/string-utils.js'
// @ts-expect-error TS7016: published without types
import { y18n } from '../../node_modules/y18n/build/lib/index.js'

/**
 * yargs on a platform of ours, which parses, and prints no help. The package's own platform measures the terminal and builds what text
 * is measured with when it is loaded: 9 of the 14 ms that a start with yargs takes. It also reads files and variables of its caller's.
 */
export const parsingYargs = (): typeof yargs => (YargsFactory as (platform: unknown) => typeof yargs)(PLATFORM)

const format = (...words: readonly unknown[]): string => process.getBuiltinModule('node:util').format(...words)

const unneeded = (what: string) => (): never => {
  throw new Error(`yargs: ${what} is not there`)
}

const parser = new (
  YargsParser as new (platform: unknown) => { parse: (words: string[], options: unknown) => unknown }
)({
  cwd: () => '/',
  env: () => ({}),
  format,
  normalize,
  resolve,
  require: unneeded('require'),
})

const PLATFORM = {
  assert: {
    strictEqual: (one: unknown, other: unknown, message?: string) => {
      if (one !== other) throw new Error(message)
    },
    notStrictEqual: (one: unknown, other: unknown, message?: string) => {
      if (one === other) throw new Error(message)
    },
  },
  cliui: unneeded('help'),
  findUp: () => undefined,
  getEnv: () => undefined,
  getProcessArgvBin: () => 'appc',
  getCallerFile: () => '/',
  inspect: String,
  mainFilename: '/',
  Parser: {
    ...(names as Record<string, unknown>),
    detailed: (words: readonly string[], options: unknown) => parser.parse([...words], options),
  },
  path: { basename, dirname, extname, join, relative, resolve },
  process: {
    argv: () => ['appc', 'appc'],
    cwd: () => '/',
    emitWarning: () => undefined,
    execPath: () => 'appc',
    exit: unneeded('exit'),
    nextTick: (callback: () => void) => {
      process.nextTick(callback)
    },
    stdColumns: null,
  },
  readFileSync: unneeded('a file'),
  readdirSync: unneeded('a directory'),
  require: unneeded('require'),
  stringWidth: ({ length }: string) => length,
  y18n: (y18n as (options: unknown, platform: unknown) => unknown)(
    { directory: '/dev/null', updateFiles: false },
    { fs: {}, format, resolve, exists: () => false },
  ),
}
