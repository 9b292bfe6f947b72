import type { Place } from './check.js'
import { findSyntaxError } from './json-syntax.js'

/**
 * Maximum nesting depth: valid documents are far below it, and deeper ones could overflow the
 * stack.
 */
const MAX_DEPTH = 1000

/**
 * Parses JSON text or UTF-8 bytes. Records position and reason of an error: `line 3, column 7:
 * expected a value, got "]"`. The value is boxed, because null is a valid value but also means
 * failure.
 */
export function parseJSON(source: string | Uint8Array, at: Place): { readonly value: unknown } | null {
  const text = typeof source === 'string' ? source : decode(source)
  if (text === undefined) return at.fault('not UTF-8')
  if (isTooDeep(text)) return at.fault(`nested deeper than ${MAX_DEPTH} levels`)
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    const { offset, message } = findSyntaxError(text)
    const before = text.slice(0, offset).split('\n')
    return at.fault(`line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${message}`)
  }
}

/**
 * Decodes UTF-8 bytes; undefined if they are invalid. A byte order mark is kept, and is refused as
 * JSON.
 */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Counts brackets outside strings; texts that are too short for that depth are not searched. */
function isTooDeep(text: string): boolean {
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
