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
 * yargs with a platform object of appc, which parses and prints no help. The package's own platform
 * measures the terminal and loads a text-measuring library: 9 of the 14 ms of a start with yargs.
 * It also reads files and environment variables of its caller.
 */
export const parsingYargs = (): typeof yargs => (YargsFactory as (platform: unknown) => typeof yargs)(PLATFORM)

const format = (...words: readonly unknown[]): string => process.getBuiltinModule('node:util').format(...words)

const unavailable = (name: string) => (): never => {
  throw new Error(`yargs: ${name} is not there`)
}

const parser = new (
  YargsParser as new (platform: unknown) => { parse: (words: string[], options: unknown) => unknown }
)({
  cwd: () => '/',
  env: () => ({}),
  format,
  normalize,
  resolve,
  require: unavailable('require'),
})

const PLATFORM = {
  assert: {
    strictEqual: (first: unknown, second: unknown, message?: string) => {
      if (first !== second) throw new Error(message)
    },
    notStrictEqual: (first: unknown, second: unknown, message?: string) => {
      if (first === second) throw new Error(message)
    },
  },
  cliui: unavailable('help'),
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
    exit: unavailable('exit'),
    nextTick: (callback: () => void) => {
      process.nextTick(callback)
    },
    stdColumns: null,
  },
  readFileSync: unavailable('a file'),
  readdirSync: unavailable('a directory'),
  require: unavailable('require'),
  stringWidth: ({ length }: string) => length,
  y18n: (y18n as (options: unknown, platform: unknown) => unknown)(
    { directory: '/dev/null', updateFiles: false },
    { fs: {}, format, resolve, exists: () => false },
  ),
}
