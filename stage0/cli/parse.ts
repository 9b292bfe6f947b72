import yargs from 'yargs'
import { RuntimeError } from '#schema/errors.js'
import type { Command } from './command.js'
import { type Globals, GLOBALS } from './globals.js'

/** What the words after a command's name say. */
export type Parsed =
  | { readonly help: string }
  | {
      readonly options: Record<string, unknown>
      readonly globals: Globals
      readonly json: boolean
    }

/** yargs' sentences, in ours. */
const SENTENCES = {
  'Not enough non-option arguments: got %s, need at least %s': {
    one: 'arguments are missing (%s given, at least %s needed)',
    other: 'arguments are missing (%s given, at least %s needed)',
  },
  'Too many non-option arguments: got %s, maximum of %s': {
    one: 'too many arguments (%s given, at most %s taken)',
    other: 'too many arguments (%s given, at most %s taken)',
  },
  'Argument: %s, Given: %s, Choices: %s': '--%s: %s is not one of %s',
  'Unknown argument: %s': { one: 'not known: %s', other: 'not known: %s' },
  'Unknown command: %s': { one: 'not known: %s', other: 'not known: %s' },
}

/** Parses the words of one command with yargs, which knows nothing of the others. Errors: USAGE. */
export async function parse(
  name: string,
  command: Command,
  words: readonly string[],
  globals: Globals,
): Promise<Parsed> {
  let help: string | undefined
  const given = attach(command.attached ?? [], command.singleDash === true ? doubled(words) : words)
  // the real one may be gone, and holds nothing that yargs should read
  const parser = yargs([], '/')
    .scriptName(`appc ${name}`)
    .locale('en')
    .updateStrings(SENTENCES as unknown as Record<string, string>)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': true,
      'parse-numbers': false,
      'dot-notation': false,
      'short-option-groups': false,
    })
    .exitProcess(false)
    .version(false)
    .help('help')
    .strict()
    .fail((message: string | null, error: unknown) => {
      if (error instanceof Error) throw error
      throw new RuntimeError('USAGE', `${name}: ${oneLine(message ?? 'wrong usage')}`, { hint: `appc ${name} --help` })
    })
  for (const [option, { value, describe }] of Object.entries(GLOBALS)) {
    parser.option(option, {
      type: value === undefined ? 'boolean' : 'string',
      describe,
      group: 'Options of every command:',
    })
  }
  if (command.listing === true) {
    parser.option('format', {
      choices: ['text', 'json'] as const,
      default: 'text',
      describe: 'for people or for programs',
    })
  }
  const usage = command.usage.slice(name.length).trim()
  parser.command(`$0 ${usage}`.trim(), command.describe, (argv) => command.configure(argv))
  const argv: Record<string, unknown> = await parser.parseAsync(given.map(hideDash), {}, (_error, _argv, output) => {
    if (output !== '') help = output
  })
  if (help !== undefined) return { help }
  const options = lastOfEach(argv, /([\w-]+)\.\.[\]>]$/.exec(usage)?.[1])
  return {
    options,
    globals: globalsOf(options, globals),
    json: options['format'] === 'json',
  }
}

/** The global options that stand after the command, on top of those before it. */
const globalsOf = (options: Readonly<Record<string, unknown>>, before: Globals): Globals =>
  Object.entries(GLOBALS).reduce((globals, [name, row]) => {
    const value = options[name]
    return typeof value === 'string' || typeof value === 'boolean' ? row.apply(globals, String(value)) : globals
  }, before)

/** Of an option given twice the last one counts; yargs' own switch for that would take the last word of `many`, too. */
const lastOfEach = (argv: Readonly<Record<string, unknown>>, many: string | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(argv).map(([key, value]) => [
      key,
      showDash(Array.isArray(value) && key !== many && key !== '_' ? (value.at(-1) as unknown) : value),
    ]),
  )

const oneLine = (message: string): string =>
  message
    .replace(/^Invalid values:/, '')
    .replace(/\s+/g, ' ')
    .trim()

/** `-type=x` as `--type=x`; `-` alone, `-h` and what follows `--` stay. */
function doubled(words: readonly string[]): string[] {
  const end = words.indexOf('--')
  return words.map((word, index) => (/^-[a-z]{2}/.test(word) && (end < 0 || index < end) ? `-${word}` : word))
}

/** Gives options that stand alone, and must not take the next word, an empty value. */
const attach = (names: readonly string[], words: readonly string[]): readonly string[] =>
  words.map((word) => (names.includes(word.slice(2)) && word.startsWith('--') ? `${word}=` : word))

/** yargs loses a lone `-` among the arguments of a command: it travels in disguise. */
const DASH = '\0-'
const hideDash = (word: string): string => (word === '-' ? DASH : word)
const showDash = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(showDash) : value === DASH ? '-' : value
