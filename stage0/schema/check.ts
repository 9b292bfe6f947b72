/** One problem of a document. */
export interface Problem {
  /** The path from the document's root: `app.ports[1].port`; empty for the whole document. */
  readonly path: string
  /** What was expected and what was found: lower case, no full stop. */
  readonly message: string
  /** The message of the public actool, if it checks this too. */
  readonly actool?: string
}

/** A place in a document; its problems and notes are collected for the whole document. */
export class Place {
  readonly problems: Problem[]
  readonly notes: Problem[]
  readonly #parent: Place | undefined
  readonly #step: string | number

  constructor(parent?: Place, step: string | number = '') {
    this.problems = parent?.problems ?? []
    this.notes = parent?.notes ?? []
    this.#parent = parent
    this.#step = step
  }

  /** The path from the document's root; computed only for a problem or note. */
  get path(): string {
    if (this.#parent === undefined) return ''
    const parent = this.#parent.path
    if (typeof this.#step === 'number') return `${parent}[${this.#step}]`
    const step = /^[\w-]+$/.test(this.#step) ? this.#step : JSON.stringify(this.#step)
    return parent === '' ? step : `${parent}.${step}`
  }

  field(name: string): Place {
    return new Place(this, name)
  }

  item(index: number): Place {
    return new Place(this, index)
  }

  /** Records a problem; returns null, the result of a parser that failed. */
  fault(message: string, actool?: string): null {
    this.problems.push({ path: this.path, message, ...(actool === undefined ? {} : { actool }) })
    return null
  }

  /** Records a warning about something that is allowed. */
  note(message: string): void {
    this.notes.push({ path: this.path, message })
  }
}

/**
 * Reads one JSON value: returns it with its type, or records at least one problem and returns null.
 */
export type Parser<T> = (value: unknown, at: Place) => T | null

/**
 * A short description of a JSON value for messages: `null`, `"abc"`, `12`, `a list`, `an object`.
 */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** Any string. */
export const text: Parser<string> = (value, at) =>
  typeof value === 'string' ? value : at.fault(`expected a string, got ${describe(value)}`)

/** A string that the kernel accepts as an argument, a variable or a path: without NUL. */
export const word: Parser<string> = (value, at) => {
  const string = text(value, at)
  return string?.includes('\0') ? at.fault('holds a NUL character') : string
}

/** An absolute path, as written; `actool` is actool's message for a relative one. */
export const absolutePathOr =
  (actool?: string): Parser<string> =>
  (value, at) => {
    const path = word(value, at)
    return path === null || path.startsWith('/')
      ? path
      : at.fault(`expected an absolute path, got ${describe(path)}`, actool)
  }

/** An absolute path, where actool accepts any path. */
export const absolutePath = absolutePathOr()

export const flag: Parser<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : at.fault(`expected true or false, got ${describe(value)}`)

/** An integer from `low` to `high`, inclusive. */
export const integer =
  (low: number, high: number, actool?: string): Parser<number> =>
  (value, at) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high
      ? value
      : at.fault(`expected ${low}…${high}, got ${describe(value)}`, typeof value === 'number' ? actool : undefined)

/**
 * A string that matches `pattern`; `actool` returns actool's message, if actool refuses the string
 * too.
 */
export const matching =
  (pattern: RegExp, expected: string, actool: (value: string) => string | undefined): Parser<string> =>
  (value, at) => {
    const string = text(value, at)
    return string === null || pattern.test(string)
      ? string
      : at.fault(`expected ${expected}, got ${describe(string)}`, actool(string))
  }

/** One of a few strings. */
export const oneOf = <T extends string>(choices: readonly T[], actool: (value: string) => string): Parser<T> => {
  const expected = choices.map((choice) => `"${choice}"`).join(' or ')
  return (value, at) => {
    const string = text(value, at)
    if (string === null) return null
    return (
      choices.find((choice) => choice === string) ??
      at.fault(`expected ${expected}, got ${describe(string)}`, actool(string))
    )
  }
}

/** A list; all items are read, then `rules` are applied to the list if there was no problem. */
export const list =
  <T>(item: Parser<T>, ...rules: ((items: readonly T[], at: Place) => void)[]): Parser<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) return at.fault(`expected a list, got ${describe(value)}`)
    const before = at.problems.length
    const items = value.map((element: unknown, index) => item(element, at.item(index)))
    if (at.problems.length === before) for (const rule of rules) rule(items as T[], at)
    return at.problems.length === before ? (items as T[]) : null
  }

/** An object with any keys, whose values are strings. */
export const stringMap: Parser<Readonly<Record<string, string>>> = (value, at) => {
  if (!isObject(value)) return at.fault(`expected an object, got ${describe(value)}`)
  const before = at.problems.length
  for (const [key, element] of Object.entries(value)) text(element, at.field(key))
  return at.problems.length === before ? (value as Record<string, string>) : null
}

/** Whether a value is a JSON object (not a list, not null). */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
