import { RuntimeError } from '#schema/errors.js'
import { GLOBALS } from '../globals.js'
import { isShort, spellOut } from '../short-options.js'
import { unknownOption } from '../unknown-option.js'
import { findOption, type PlacedOption, optionNames, SHORTS } from './find-option.js'
import { strayHint } from './stray-words.js'

/** The meaning of the words of `appc run`, in their order. */
export type Word =
  | ({ readonly kind: 'option'; readonly text: string } & PlacedOption)
  | { readonly kind: 'image'; readonly image: string }
  /** All words between `--` and `---` (or the end). */
  | { readonly kind: 'arguments'; readonly values: readonly string[] }
  | { readonly kind: 'help' }

/**
 * Reads rkt's grammar: options and images in any order, and `-- ARGS ---` blocks. A value follows
 * its option as `--name=V` or as the next word; a switch takes only `--name=true|false`. Empty
 * words and a `---` outside of a block are ignored. Errors: USAGE.
 */
export function* readWords(words: readonly string[]): Generator<Word> {
  let index = 0
  const images: number[] = []
  while (index < words.length) {
    const word = words[index++] ?? ''
    if (word === '' || word === '---') continue
    if (word === '--') {
      const end = words.indexOf('---', index)
      const stop = end === -1 ? words.length : end
      yield { kind: 'arguments', values: words.slice(index, stop) }
      index = stop + 1
    } else if (word === '--help' || word === '-h') {
      yield { kind: 'help' }
    } else if (!word.startsWith('-') || word === '-') {
      images.push(index - 1)
      yield { kind: 'image', image: word }
    } else {
      for (const long of isShort(word) ? spellOut(word, SHORTS) : [word]) {
        const [placed, attached] = findTyped(long, () => strayOptionHint(words, images, index - 1))
        const { name, value } = placed.option
        const text = attached ?? (value === undefined ? 'true' : words[index++])
        if (text === undefined) throw new RuntimeError('USAGE', `--${name}: needs a value: --${name}=${value ?? ''}`)
        yield { kind: 'option', ...placed, text }
      }
    }
  }
}

/** The hint for an unknown option among words that look like the arguments of an app. */
function strayOptionHint(words: readonly string[], images: readonly number[], index: number): string | undefined {
  const [first, second = index] = images
  return first === undefined || words.includes('--') ? undefined : strayHint(words, second)
}

/** Tells whether the words contain `--help` or `-h` where an option may stand. Errors: USAGE. */
export const asksForHelp = (words: readonly string[]): boolean =>
  [...readWords(words)].some(({ kind }) => kind === 'help')

function findTyped(word: string, hint: () => string | undefined): [PlacedOption, string | null] {
  const equals = word.indexOf('=')
  const typed = equals === -1 ? word : word.slice(0, equals)
  const name = typed.slice(2)
  const option = typed.startsWith('--') ? findOption(name) : null
  if (option !== null) return [option, equals === -1 ? null : word.slice(equals + 1)]
  if (Object.hasOwn(GLOBALS, name)) {
    throw new RuntimeError('USAGE', `${typed}: stands before the command`, { hint: `appc ${word} run …` })
  }
  throw unknownOption('run', typed, optionNames(), hint())
}
