/**
 * What must not reach a terminal as it is: control characters (C0, DEL, C1), which move the cursor, rename windows and answer for
 * the user, line separators, and marks that change the direction of writing, which make a text look like another one.
 */
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text as one line for people: what cannot be seen is written as in a string literal (`\n`, `\x1b`, `\u202e`). Everything else
 * stays as it is, backslashes too, so that a path can be copied. Applied twice it is the same as once.
 */
export const visible = (text: string): string => text.replace(HIDDEN, escaped)

/** The same without C0: in JSON, which escapes those itself, they only lay the text out. */
const HIDDEN_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** A value as JSON in which nothing hides; to a parser it is what `JSON.stringify` makes. */
export const visibleJSON = (value: unknown, indent?: number | string): string =>
  inJSON(JSON.stringify(value, null, indent))

/** The same of what is JSON already. */
export const inJSON = (text: string): string => text.replace(HIDDEN_IN_JSON, unicode)

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return SHORT[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicode(character))
}

const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
