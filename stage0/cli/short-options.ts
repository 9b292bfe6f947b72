/** The meaning of a letter after one dash. */
export interface ShortOption {
  /** The name of the long option, without the dashes. */
  readonly option: string
  /** The option takes a value: the rest of the word, else the next word. */
  readonly value?: true
}

/** Short options by letter. */
export type ShortOptions = Readonly<Record<string, ShortOption>>

/**
 * Expands `-fn5` to the words `--follow` and `--lines=5`. A word with an unknown letter is returned
 * unchanged.
 */
export function spellOut(word: string, shorts: ShortOptions): readonly string[] {
  const long: string[] = []
  for (let index = 1; index < word.length; index++) {
    const letter = word[index] ?? ''
    const row = Object.hasOwn(shorts, letter) ? shorts[letter] : undefined
    if (row === undefined) return [word]
    if (row.value !== true) {
      long.push(`--${row.option}`)
      continue
    }
    const rest = word.slice(index + 1).replace(/^=/, '')
    return [...long, rest === '' ? `--${row.option}` : `--${row.option}=${rest}`]
  }
  return long
}

/** Tells whether a word is one dash and letters. */
export const isShort = (word: string): boolean => /^-[a-zA-Z]/.test(word)
