/** A syntax error of JSON text. */
export interface SyntaxFault {
  /** In UTF-16 units from the start. */
  readonly offset: number
  readonly message: string
}

const SPACE = /[ \t\n\r]*/y
const STRING = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"/y
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y

type State = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'after'

const EXPECTED: Readonly<Record<State, string>> = {
  value: 'a value',
  'first item': 'a value or "]"',
  'first key': 'a field name in quotes or "}"',
  key: 'a field name in quotes',
  colon: '":"',
  after: '"," or a closing bracket',
}

/** The length of the match of `pattern` at exactly `offset`; 0 if it does not match there. */
function lengthAt(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0].length ?? 0
}

/**
 * Finds the first syntax error of text that `JSON.parse` refused, because the engine's messages do
 * not always have its position.
 */
export function findSyntaxError(text: string): SyntaxFault {
  const open: string[] = []
  let state: State = 'value'
  let offset = 0
  for (;;) {
    offset += lengthAt(SPACE, text, offset)
    const expected = state === 'after' && open.length === 0 ? 'nothing more' : EXPECTED[state]
    if (offset >= text.length) return { offset, message: `expected ${expected}, got the end of the text` }
    const character = text.charAt(offset)
    const string = lengthAt(STRING, text, offset)
    const length = string || lengthAt(SCALAR, text, offset) || ('{}[],:'.includes(character) ? 1 : 0)
    const next: State | undefined = length === 0 ? undefined : step(state, open, character, string > 0)
    if (next === undefined) {
      return { offset, message: `expected ${expected}, got ${describeToken(text, offset, string > 0)}` }
    }
    state = next
    offset += length
  }
}

/**
 * The state after a token that begins with `character`; undefined if it is not allowed. `open`: the
 * open brackets.
 */
function step(state: State, open: string[], character: string, isString: boolean): State | undefined {
  const innermost = open.at(-1)
  const isValueAllowed = state === 'value' || state === 'first item'
  switch (character) {
    case '{':
    case '[':
      if (!isValueAllowed) return undefined
      open.push(character)
      return character === '{' ? 'first key' : 'first item'
    case '}':
    case ']': {
      const isMatching =
        character === '}' ? innermost === '{' && state !== 'value' : innermost === '[' && state !== 'value'
      if (!isMatching || state === 'key' || state === 'colon') return undefined
      open.pop()
      return 'after'
    }
    case ':':
      return state === 'colon' ? 'value' : undefined
    case ',':
      if (state !== 'after' || innermost === undefined) return undefined
      return innermost === '{' ? 'key' : 'value'
    default:
      if (isString && (state === 'key' || state === 'first key')) return 'colon'
      return isValueAllowed ? 'after' : undefined
  }
}

function describeToken(text: string, offset: number, isString: boolean): string {
  const start = text.slice(offset, offset + 20)
  if (start.startsWith('"'))
    return isString ? 'a string' : 'a string that never ends, or with a raw control character or bad escape'
  return JSON.stringify(/^[\w.+-]+/.exec(start)?.[0] ?? start.charAt(0))
}
