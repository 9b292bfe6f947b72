import { RuntimeError } from '#schema/errors.js'
import { failUnlessFinished } from '#schema/fail-unless-finished.js'
import { checkDataDir } from '../data-dir.js'
import { checkArguments } from '../utf8.js'
import { COMMANDS } from './commands.js'
import type { Command, Context, Outcome, RawCommand } from './command.js'
import { contextOf } from './context.js'
import { type Globals, parseGlobals } from './globals.js'
import { help } from './help.js'
import { emit, emitLines, json } from './output.js'
import { describe, statusOf } from './report.js'
import { unknownCommand } from './unknown-command.js'

/** The result of a command line, and how to print it. */
interface Answer {
  readonly outcome: Outcome
  readonly json: boolean
  readonly debug: boolean
}

async function answerWords(argv: readonly string[]): Promise<Answer> {
  const { globals, rest } = parseGlobals(argv)
  if (globals.version) return await answerWords(['version'])
  const [first = ''] = rest
  if (rest.length === 0) return await answerHelp(globals, [], false)
  if (first === 'help') return await answerHelp(globals, rest.slice(1), true)
  if (isFamily(first) && (globals.help || rest[1] === '--help' || rest[1] === '-h')) return answerFamily(first)
  const { name, words } = nameOf(rest)
  return await runCommand(name, words, globals)
}

async function answerHelp(globals: Globals, words: readonly string[], isRequested: boolean): Promise<Answer> {
  const [first = ''] = words
  if (words.length === 1 && isFamily(first)) return answerFamily(first)
  if (words.length > 0) {
    const { name } = nameOf(words)
    return await runCommand(name, ['--help'], globals)
  }
  const lines = help(COMMANDS)
  if (globals.help || isRequested) return { outcome: { lines }, json: false, debug: false }
  return { outcome: { notes: ['appc: missing command', '', ...lines], exit: 2 }, json: false, debug: false }
}

/**
 * Tells whether commands begin with this word, and none is this word alone, for example `image`.
 */
const isFamily = (word: string): boolean => !Object.hasOwn(COMMANDS, word) && familyOf(word).length > 0

const familyOf = (word: string): readonly string[] =>
  Object.keys(COMMANDS).filter((name) => name.startsWith(`${word} `))

const answerFamily = (word: string): Answer => {
  const rows = Object.entries(COMMANDS).filter(([name]) => name.startsWith(`${word} `))
  return { outcome: { lines: help(Object.fromEntries(rows), word) }, json: false, debug: false }
}

/** The longest command name at the beginning of `words`, and the words after it. Errors: USAGE. */
function nameOf(words: readonly string[]): { name: string; words: readonly string[] } {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    if (Object.hasOwn(COMMANDS, name)) return { name, words: words.slice(length) }
  }
  const [first = '', second] = words
  throw unknownCommand(first, second, Object.keys(COMMANDS))
}

async function runCommand(name: string, words: readonly string[], globals: Globals): Promise<Answer> {
  commandName = name
  const row = COMMANDS[name]
  if (row === undefined) throw new Error(`${name}: not in the table of commands`)
  const command = (await row.load()).command as Command | RawCommand
  if ('runRaw' in command) {
    const { globals: commandGlobals, rest } = parseGlobals(words, globals)
    if (commandGlobals.help) return { outcome: { lines: command.help().split('\n') }, json: false, debug: false }
    requireRoot(name, command)
    isDebug = commandGlobals.debug
    return {
      outcome: await command.runRaw(rest, await openContext(commandGlobals, command)),
      json: false,
      debug: commandGlobals.debug,
    }
  }
  const { parse } = await import('./parse-command.js')
  const parsed = await parse(name, command, globals.help ? ['--help'] : words, globals)
  if ('help' in parsed) return { outcome: { lines: parsed.help.split('\n') }, json: false, debug: false }
  requireRoot(name, command)
  isDebug = parsed.globals.debug
  const outcome = await command.run(parsed.options, await openContext(parsed.globals, command))
  return { outcome, json: parsed.json, debug: isDebug }
}

/**
 * Opens the context of a command. A command that every user may run works without the data
 * directory as well.
 */
async function openContext(globals: Globals, { unprivileged }: Pick<Command, 'unprivileged'>): Promise<Context> {
  const context = await contextOf(globals)
  if (unprivileged !== true) checkDataDir(context.dataDir)
  return context
}

function requireRoot(name: string, { unprivileged }: { readonly unprivileged?: boolean }): void {
  if (unprivileged === true || process.getuid?.() === 0) return
  throw new RuntimeError('NOT_ROOT', `${name}: needs root`, { hint: `sudo appc ${name} …` })
}

async function print({ outcome, json: asJSON, debug }: Answer): Promise<number> {
  const { value, lines = [], bytes, notes = [], failures = [], exit = 0 } = outcome
  if (asJSON && 'value' in outcome) await emit(1, `${json(value)}\n`)
  else if (bytes !== undefined) await emit(1, bytes)
  else await emitLines(1, lines)
  await emitLines(2, notes)
  for (const failure of failures) await emitLines(2, describe(failure, debug, commandName))
  return failures.length > 0 && exit === 0 ? statusOf(failures[0]) : exit
}

/** Set as soon as the command line is parsed, for errors that come before the result. */
let isDebug = process.argv.includes('--debug')

/** The name of the command, for the hints of errors; undefined while it is unknown. */
let commandName: string | undefined

async function main(): Promise<number> {
  try {
    const argv = process.argv.slice(2)
    checkArguments(argv)
    return await print(await answerWords(argv))
  } catch (error) {
    await emitLines(2, describe(error, isDebug, commandName))
    return statusOf(error)
  }
}

const endWatch = failUnlessFinished((error) => void emitLines(2, describe(error, isDebug, commandName)))
void main().then((status) => {
  endWatch()
  process.exit(status)
})
