/**
 * Characters that must not reach a terminal: control characters (C0, DEL, C1), which can move the
 * cursor, rename windows and send input in the user's name; line separators; and marks that change
 * the writing direction, which can make a text look like another one.
 */
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text as one line for people: invisible characters are escaped as in a string literal (`\n`,
 * `\x1b`, `\u202e`). All others are unchanged, also backslashes, so that a path can be copied. The
 * function is idempotent.
 */
export const visible = (text: string): string => text.replace(HIDDEN, escapeCharacter)

/**
 * {@link HIDDEN} without C0: in JSON text, these are only white space, because JSON escapes the
 * others.
 */
const HIDDEN_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/**
 * A value as JSON without invisible characters; a parser reads the same as from `JSON.stringify`.
 */
export const visibleJSON = (value: unknown, indent?: number | string): string =>
  visibleInJSON(JSON.stringify(value, null, indent))

/** JSON text with its invisible characters escaped. */
export const visibleInJSON = (text: string): string => text.replace(HIDDEN_IN_JSON, unicodeEscape)

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0)
  return SHORT[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicodeEscape(character))
}

const unicodeEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
