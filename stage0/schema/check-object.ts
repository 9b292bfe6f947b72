import { describe, isObject, type Parser, type Place } from './check.js'

/** One field of an object: the parser of its value, and whether it is required. */
export interface Field<T> {
  readonly parse: Parser<T>
  readonly required: boolean
  /** actool's message where a required field is missing; absent where actool accepts that. */
  readonly actool?: string | undefined
}

/** A field that must be present and not null. */
export const required = <T>(parse: Parser<T>, actool?: string): Field<T> => ({ parse, required: true, actool })

/**
 * A field that may be missing; null is read as missing, because Go programs write absent lists as
 * null.
 */
export const optional = <T>(parse: Parser<T>): Field<T> => ({ parse, required: false })

type Fields<T> = { readonly [K in keyof T & string]-?: Field<Exclude<T[K], undefined>> }

/**
 * A parser for objects. It reads the fields in the document's order, then reports missing ones,
 * then applies `rules` if there was no problem. Unknown fields are kept unchanged (SPEC M18). A
 * field whose name differs only in case is read as the known one, with a note: the public tools,
 * written in Go, do the same (the specification's own example has `supplementaryGids`).
 */
export function object<T extends object>(fields: Fields<T>, ...rules: ((value: T, at: Place) => void)[]): Parser<T> {
  const fieldsByName = new Map<string, Field<unknown>>(Object.entries(fields))
  const folded = new Map([...fieldsByName.keys()].map((name) => [name.toLowerCase(), name]))
  return (value, at) => {
    if (!isObject(value)) return at.fault(`expected an object, got ${describe(value)}`)
    const before = at.problems.length
    const entries = new Map<string, unknown>()
    for (const [key, raw] of Object.entries(value)) {
      const name = fieldsByName.has(key) ? key : (folded.get(key.toLowerCase()) ?? key)
      if (name !== key) {
        if (Object.hasOwn(value, name)) {
          at.field(key).note(`ignored beside "${name}"`)
          continue
        }
        at.field(key).note(`read as "${name}"`)
      }
      const field = fieldsByName.get(name)
      if (field === undefined) entries.set(name, raw)
      else if (raw !== null) entries.set(name, field.parse(raw, at.field(key)))
    }
    for (const [name, field] of fieldsByName) {
      if (field.required && !entries.has(name)) at.field(name).fault('missing', field.actool)
    }
    if (at.problems.length > before) return null
    const whole = Object.fromEntries(entries) as T
    for (const rule of rules) rule(whole, at)
    return at.problems.length > before ? null : whole
  }
}

/** A rule for lists: no two items have the same name. `actool` returns actool's message. */
export const unique =
  (actool?: (name: string) => string) =>
  (items: readonly { readonly name: string }[], at: Place): void => {
    const first = new Map<string, number>()
    for (const [index, { name }] of items.entries()) {
      const firstIndex = first.get(name)
      if (firstIndex === undefined) first.set(name, index)
      else at.item(index).field('name').fault(`"${name}" is also the name of item ${firstIndex}`, actool?.(name))
    }
  }
