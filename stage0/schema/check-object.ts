import { describe, isObject, type Parser, type Place } from './check.js'

/** One field of an object: how its value is read, and whether it must be there. */
export interface Field<T> {
  readonly parse: Parser<T>
  readonly required: boolean
  /** actool's words where a required field is missing; absent where actool does not mind. */
  readonly actool?: string | undefined
}

/** The field must be there and not be null. */
export const required = <T>(parse: Parser<T>, actool?: string): Field<T> => ({ parse, required: true, actool })

/** The field may be missing; null is read as missing, because Go programs write absent lists so. */
export const optional = <T>(parse: Parser<T>): Field<T> => ({ parse, required: false })

type Fields<T> = { readonly [K in keyof T & string]-?: Field<Exclude<T[K], undefined>> }

/**
 * Reads an object. Every field is read in the document's order, then missing ones are told, then `rules` see the object
 * if all of it was right. Unknown fields are kept as they are (SPEC M18). A field whose name differs only in case is
 * read as the known one and noted: the public tools, written in Go, take it so (the specification's own example has
 * `supplementaryGids`).
 */
export function object<T extends object>(fields: Fields<T>, ...rules: ((value: T, at: Place) => void)[]): Parser<T> {
  const known = new Map<string, Field<unknown>>(Object.entries(fields))
  const folded = new Map([...known.keys()].map((name) => [name.toLowerCase(), name]))
  return (value, at) => {
    if (!isObject(value)) return at.fault(`expected an object, got ${describe(value)}`)
    const before = at.problems.length
    const entries = new Map<string, unknown>()
    for (const [key, raw] of Object.entries(value)) {
      const name = known.has(key) ? key : (folded.get(key.toLowerCase()) ?? key)
      if (name !== key) {
        if (Object.hasOwn(value, name)) {
          at.field(key).note(`ignored beside "${name}"`)
          continue
        }
        at.field(key).note(`read as "${name}"`)
      }
      const field = known.get(name)
      if (field === undefined) entries.set(name, raw)
      else if (raw !== null) entries.set(name, field.parse(raw, at.field(key)))
    }
    for (const [name, field] of known) {
      if (field.required && !entries.has(name)) at.field(name).fault('missing', field.actool)
    }
    if (at.problems.length > before) return null
    const whole = Object.fromEntries(entries) as T
    for (const rule of rules) rule(whole, at)
    return at.problems.length > before ? null : whole
  }
}

/** A rule for lists: no two items of the same name. `actool` gives its words for it. */
export const unique =
  (actool?: (name: string) => string) =>
  (items: readonly { readonly name: string }[], at: Place): void => {
    const first = new Map<string, number>()
    for (const [index, { name }] of items.entries()) {
      const earlier = first.get(name)
      if (earlier === undefined) first.set(name, index)
      else at.item(index).field('name').fault(`"${name}" is also the name of item ${earlier}`, actool?.(name))
    }
  }
