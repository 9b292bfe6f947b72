import type { Place } from './check.js'
import { findSyntaxError } from './json-syntax.js'

/** Deeper documents are refused: nothing of ours nests so, and walking them could overflow the stack. */
const MAX_DEPTH = 1000

/**
 * Reads JSON text or UTF-8 bytes. Records where and why it is none: `line 3, column 7: expected a value, got "]"`.
 * The value is boxed, because null means failure, and is a value.
 */
export function parseJSON(source: string | Uint8Array, at: Place): { readonly value: unknown } | null {
  const text = typeof source === 'string' ? source : decode(source)
  if (text === undefined) return at.fault('not UTF-8')
  if (tooDeep(text)) return at.fault(`nested deeper than ${MAX_DEPTH} levels`)
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    const { offset, message } = findSyntaxError(text)
    const before = text.slice(0, offset).split('\n')
    return at.fault(`line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${message}`)
  }
}

/** UTF-8 bytes as text; `undefined` where they are none. A byte order mark stays, and is refused as JSON. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Counts brackets outside strings; texts too short to nest that deep are not looked at. */
function tooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false
  let depth = 0
  let quoted = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]
    if (character === '"') quoted = !quoted
    else if (quoted) index += character === '\\' ? 1 : 0
    else if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    if (depth > MAX_DEPTH) return true
  }
  return false
}
