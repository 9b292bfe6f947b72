/** What a letter after one dash stands for. */
export interface ShortOption {
  /** Its long option, without the dashes. */
  readonly option: string
  /** Takes a value: the rest of the word, else the next word. */
  readonly value?: true
}

/** By their letters. */
export type ShortOptions = Readonly<Record<string, ShortOption>>

/** `-fn5` as the words `--follow` and `--lines=5`. A word with a letter that stands for nothing is given back as it is. */
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

/** Whether a word is one dash and letters. */
export const isShort = (word: string): boolean => /^-[a-zA-Z]/.test(word)
