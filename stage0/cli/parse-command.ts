import type { Argv } from 'yargs'
import { RuntimeError } from '#schema/errors.js'
import type { Command } from './command.js'
import { defaultsOf, needsNoWords } from './defaults.js'
import { type Globals, GLOBALS } from './globals.js'
import { isShort, type ShortOptions, spellOut } from './short-options.js'
import { unknownOption } from './unknown-option.js'

/** The parsed words after a command's name. */
export type Parsed =
  | { readonly help: string }
  | {
      readonly options: Record<string, unknown>
      readonly globals: Globals
      readonly json: boolean
    }

/** yargs' messages in appc's words. */
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

/** A short list of the global options: the help of a command is mainly about its own options. */
const GLOBAL_LINES = `Options of every command (appc --help):\n  ${Object.keys(GLOBALS)
  .map((name) => `--${name}`)
  .join(' ')}`

/** Parses the words of one command. Errors: USAGE. */
export async function parse(
  name: string,
  command: Command,
  words: readonly string[],
  globals: Globals,
): Promise<Parsed> {
  if (words.length === 0 && needsNoWords(command)) return { options: defaultsOf(command), globals, json: false }
  return await parseWords(name, command, words, globals)
}

/** Parses the words of one command with yargs, which knows no other commands. Errors: USAGE. */
export async function parseWords(
  name: string,
  command: Command,
  words: readonly string[],
  globals: Globals,
): Promise<Parsed> {
  let help: string | undefined
  const { shorts = {}, attached = [], repeatable = [] } = command
  const spelled = command.singleDash === true ? doubleDashes(words) : spellOutShorts(shorts, words)
  const isHelp = asksForHelp(spelled)
  const parsedWords = isHelp ? ['--help'] : attach(attached, spelled)
  const yargs = isHelp ? (await import('yargs')).default : (await import('./yargs.js')).parsingYargs()
  // yargs must read no files in the current directory, which may also be missing
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
    .hide('help')
    .strict()
    .epilogue(GLOBAL_LINES)
    .fail((message: string | null, error: unknown) => {
      if (error instanceof Error) throw error
      throw new RuntimeError('USAGE', `${name}: ${oneLine(message ?? 'wrong usage')}`, { hint: `appc ${name} --help` })
    })
  for (const [option, { value, describe }] of Object.entries(GLOBALS)) {
    parser.option(option, {
      type: value === undefined ? 'boolean' : 'string',
      describe,
      hidden: true,
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
  parser.command(`$0 ${usage}`.trim(), command.describe, (argv) => {
    const configured = command.configure(argv)
    for (const [letter, { option }] of Object.entries(shorts)) configured.alias(option, letter)
    // checked before yargs takes the next word as the option's value
    refuseUnknown(name, parsedWords, namesOf(configured))
    return configured
  })
  const argv: Record<string, unknown> = await parser.parseAsync(
    parsedWords.map(hideDash),
    {},
    (_error, _argv, output) => {
      if (output !== '') help = output
    },
  )
  if (help !== undefined) return { help }
  const options = lastOfEach(argv, /([\w-]+)\.\.[\]>]$/.exec(usage)?.[1], repeatable)
  return {
    options,
    globals: globalsOf(options, globals),
    json: options['format'] === 'json',
  }
}

/**
 * Tells whether the words contain a help option: only help needs the parts of yargs that print.
 * Words after `--` are not options.
 */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).some(
    (word) => /^(-h|--help(=.*)?)$/.test(word) && word !== '--help=false',
  )
}

/** Applies the global options after the command to those before it. */
const globalsOf = (options: Readonly<Record<string, unknown>>, initial: Globals): Globals =>
  Object.entries(GLOBALS).reduce((globals, [name, row]) => {
    const value = options[name]
    return typeof value === 'string' || typeof value === 'boolean' ? row.apply(globals, String(value)) : globals
  }, initial)

/**
 * Of a repeated option the last value counts. yargs' own setting for this would also keep only the
 * last word of `arrayName`.
 */
const lastOfEach = (
  argv: Readonly<Record<string, unknown>>,
  arrayName: string | undefined,
  repeatable: readonly string[],
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(argv).map(([key, value]) => {
      const isRepeated = Array.isArray(value) && key !== arrayName && key !== '_' && !repeatable.includes(key)
      return [key, showDash(isRepeated ? (value.at(-1) as unknown) : value)]
    }),
  )

const oneLine = (message: string): string =>
  message
    .replace(/^Invalid values:/, '')
    .replace(/\s+/g, ' ')
    .trim()

/** Replaces `-type=x` by `--type=x`; `-` alone, `-h` and the words after `--` stay. */
function doubleDashes(words: readonly string[]): string[] {
  const end = words.indexOf('--')
  return words.map((word, index) => (/^-[a-z]{2}/.test(word) && (end < 0 || index < end) ? `-${word}` : word))
}

/** Replaces `-fn5` by `--follow --lines=5`; the words after `--` stay. */
function spellOutShorts(shorts: ShortOptions, words: readonly string[]): readonly string[] {
  const end = words.indexOf('--')
  return words.flatMap((word, index) =>
    isShort(word) && word !== '-h' && (end < 0 || index < end) ? spellOut(word, shorts) : [word],
  )
}

/** Every name that is configured in yargs. */
const namesOf = (configured: Argv<unknown>): readonly string[] =>
  // getOptions is missing in the published types
  Object.keys((configured as unknown as { getOptions: () => { key: Record<string, unknown> } }).getOptions().key)

function refuseUnknown(command: string, words: readonly string[], names: readonly string[]): void {
  const end = words.indexOf('--')
  for (const word of end < 0 ? words : words.slice(0, end)) {
    if (!/^-{1,2}[^-\d]/.test(word) || word === '-h') continue
    const [typed = ''] = word.split('=', 1)
    if (!typed.startsWith('--') || !names.includes(typed.slice(2))) throw unknownOption(command, typed, names)
  }
}

/** Gives an empty value to options that stand alone and must not take the next word. */
const attach = (names: readonly string[], words: readonly string[]): readonly string[] =>
  words.map((word) => (names.includes(word.slice(2)) && word.startsWith('--') ? `${word}=` : word))

/**
 * yargs loses a lone `-` among the arguments of a command, so it is replaced while yargs parses.
 */
const DASH = '\0-'
const hideDash = (word: string): string => (word === '-' ? DASH : word)
const showDash = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(showDash) : value === DASH ? '-' : value
