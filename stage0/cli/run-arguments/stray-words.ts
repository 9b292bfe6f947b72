/**
 * The right command line where the words from `from` on look like a program and its arguments, as other programs take them after the
 * image: appc takes images there.
 */
export function strayHint(words: readonly string[], from: number): string {
  const before = ['appc run', ...words.slice(0, from).map(quoted)].join(' ')
  const [first = '', ...rest] = words.slice(from)
  const after = words.slice(from).map(quoted).join(' ')
  const asArguments = `arguments of an app stand after --: ${before} -- ${after}`
  if (first.startsWith('-')) return asArguments
  const instead = [`${before} --exec=${quoted(first)}`, ...(rest.length === 0 ? [] : ['--', ...rest.map(quoted)])]
  return `${asArguments}; another program is told so: ${instead.join(' ')}`
}

/** A word as a shell takes it. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
