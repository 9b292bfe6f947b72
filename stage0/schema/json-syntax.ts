/** Where JSON text goes wrong, and how. */
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

/** The length of what matches right at `offset`; 0 where nothing does. */
function lengthAt(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0].length ?? 0
}

/** Finds the first syntax error of text that `JSON.parse` refused: the engine's own messages do not always say where. */
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
      return { offset, message: `expected ${expected}, got ${glimpse(text, offset, string > 0)}` }
    }
    state = next
    offset += length
  }
}

/** The state after a token that begins with `character`; `undefined` where it has no place. `open`: the open brackets. */
function step(state: State, open: string[], character: string, isString: boolean): State | undefined {
  const inside = open.at(-1)
  const valueFits = state === 'value' || state === 'first item'
  switch (character) {
    case '{':
    case '[':
      if (!valueFits) return undefined
      open.push(character)
      return character === '{' ? 'first key' : 'first item'
    case '}':
    case ']': {
      const fits = character === '}' ? inside === '{' && state !== 'value' : inside === '[' && state !== 'value'
      if (!fits || state === 'key' || state === 'colon') return undefined
      open.pop()
      return 'after'
    }
    case ':':
      return state === 'colon' ? 'value' : undefined
    case ',':
      if (state !== 'after' || inside === undefined) return undefined
      return inside === '{' ? 'key' : 'value'
    default:
      if (isString && (state === 'key' || state === 'first key')) return 'colon'
      return valueFits ? 'after' : undefined
  }
}

function glimpse(text: string, offset: number, isString: boolean): string {
  const start = text.slice(offset, offset + 20)
  if (start.startsWith('"'))
    return isString ? 'a string' : 'a string that never ends, or with a raw control character or bad escape'
  return JSON.stringify(/^[\w.+-]+/.exec(start)?.[0] ?? start.charAt(0))
}
