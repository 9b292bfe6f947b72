import { RuntimeError } from '#schema/errors.js'
import { failUnlessFinished } from '#schema/fail-unless-finished.js'
import { checkDataDir } from '../data-dir.js'
import { checkArguments } from '../utf8.js'
import { COMMANDS } from './commands.js'
import type { Command, Context, Outcome, RawCommand } from './command.js'
import { contextOf } from './context.js'
import { type Globals, takeGlobals } from './globals.js'
import { help } from './help.js'
import { emit, emitLines, json } from './output.js'
import { describe, statusOf } from './report.js'
import { unknownCommand } from './unknown-command.js'

/** What argv asks for, with nothing left to decide but how to print it. */
interface Answer {
  readonly outcome: Outcome
  readonly json: boolean
  readonly debug: boolean
}

async function answer(argv: readonly string[]): Promise<Answer> {
  const { globals, rest } = takeGlobals(argv)
  if (globals.version) return await answer(['version'])
  const [first = ''] = rest
  if (rest.length === 0) return await answerHelp(globals, [], false)
  if (first === 'help') return await answerHelp(globals, rest.slice(1), true)
  if (isFamily(first) && (globals.help || rest[1] === '--help' || rest[1] === '-h')) return answerFamily(first)
  const { name, words } = nameOf(rest)
  return await runCommand(name, words, globals)
}

async function answerHelp(globals: Globals, words: readonly string[], asked: boolean): Promise<Answer> {
  const [first = ''] = words
  if (words.length === 1 && isFamily(first)) return answerFamily(first)
  if (words.length > 0) {
    const { name } = nameOf(words)
    return await runCommand(name, ['--help'], globals)
  }
  const lines = help(COMMANDS)
  if (globals.help || asked) return { outcome: { lines }, json: false, debug: false }
  return { outcome: { notes: ['appc: missing command', '', ...lines], exit: 2 }, json: false, debug: false }
}

/** Whether commands have that first word, and none is that word alone: `image`. */
const isFamily = (word: string): boolean => !Object.hasOwn(COMMANDS, word) && familyOf(word).length > 0

const familyOf = (word: string): readonly string[] =>
  Object.keys(COMMANDS).filter((name) => name.startsWith(`${word} `))

const answerFamily = (word: string): Answer => {
  const rows = Object.entries(COMMANDS).filter(([name]) => name.startsWith(`${word} `))
  return { outcome: { lines: help(Object.fromEntries(rows), word) }, json: false, debug: false }
}

/** The longest command name that `words` begin with. Errors: USAGE. */
function nameOf(words: readonly string[]): { name: string; words: readonly string[] } {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    if (Object.hasOwn(COMMANDS, name)) return { name, words: words.slice(length) }
  }
  const [first = '', second] = words
  throw unknownCommand(first, second, Object.keys(COMMANDS))
}

async function runCommand(name: string, words: readonly string[], globals: Globals): Promise<Answer> {
  running = name
  const row = COMMANDS[name]
  if (row === undefined) throw new Error(`${name}: not in the table of commands`)
  const command = (await row.load()).command as Command | RawCommand
  if ('runRaw' in command) {
    const { globals: own, rest } = takeGlobals(words, globals)
    if (own.help) return { outcome: { lines: command.help().split('\n') }, json: false, debug: false }
    needRoot(name, command)
    debugging = own.debug
    return { outcome: await command.runRaw(rest, await checkedContext(own, command)), json: false, debug: own.debug }
  }
  const { parse } = await import('./parse-command.js')
  const parsed = await parse(name, command, globals.help ? ['--help'] : words, globals)
  if ('help' in parsed) return { outcome: { lines: parsed.help.split('\n') }, json: false, debug: false }
  needRoot(name, command)
  debugging = parsed.globals.debug
  const outcome = await command.run(parsed.options, await checkedContext(parsed.globals, command))
  return { outcome, json: parsed.json, debug: debugging }
}

/** What works for anybody works without the data directory, too. */
async function checkedContext(globals: Globals, { unprivileged }: Pick<Command, 'unprivileged'>): Promise<Context> {
  const context = await contextOf(globals)
  if (unprivileged !== true) checkDataDir(context.dataDir)
  return context
}

function needRoot(name: string, { unprivileged }: { readonly unprivileged?: boolean }): void {
  if (unprivileged === true || process.getuid?.() === 0) return
  throw new RuntimeError('NOT_ROOT', `${name}: needs root`, { hint: `sudo appc ${name} …` })
}

async function print({ outcome, json: asJSON, debug }: Answer): Promise<number> {
  const { value, lines = [], bytes, notes = [], failures = [], exit = 0 } = outcome
  if (asJSON && 'value' in outcome) await emit(1, `${json(value)}\n`)
  else if (bytes !== undefined) await emit(1, bytes)
  else await emitLines(1, lines)
  await emitLines(2, notes)
  for (const failure of failures) await emitLines(2, describe(failure, debug, running))
  return failures.length > 0 && exit === 0 ? statusOf(failures[0]) : exit
}

/** Known as soon as the command line is read, for errors that come before there is an answer. */
let debugging = process.argv.includes('--debug')

/** The command that was asked for, for the hints of errors; undefined while it is not known. */
let running: string | undefined

async function main(): Promise<number> {
  try {
    const argv = process.argv.slice(2)
    checkArguments(argv)
    return await print(await answer(argv))
  } catch (error) {
    await emitLines(2, describe(error, debugging, running))
    return statusOf(error)
  }
}

const done = failUnlessFinished((error) => void emitLines(2, describe(error, debugging, running)))
void main().then((status) => {
  done()
  process.exit(status)
})
