/**
 * The right command line where the words from index `from` on look like a program and its
 * arguments. Other programs take them after the image, where appc takes further images.
 */
export function strayHint(words: readonly string[], from: number): string {
  const before = ['appc run', ...words.slice(0, from).map(quote)].join(' ')
  const [first = '', ...rest] = words.slice(from)
  const after = words.slice(from).map(quote).join(' ')
  const asArguments = `arguments of an app stand after --: ${before} -- ${after}`
  if (first.startsWith('-')) return asArguments
  const withExec = [`${before} --exec=${quote(first)}`, ...(rest.length === 0 ? [] : ['--', ...rest.map(quote)])]
  return `${asArguments}; to run another program: ${withExec.join(' ')}`
}

/** Quotes a word for a shell. */
const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
