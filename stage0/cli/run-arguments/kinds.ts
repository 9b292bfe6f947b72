import type { Option, Parse, Synopsis } from './option.js'
import { badValue, parseBoolean } from './values.js'

/** Fields that only few options have. */
interface ExtraFields {
  readonly inManifest?: true
  /** A letter that the help does not show. */
  readonly letter?: string
}

/** A switch; false if it is absent. */
export const flag = (synopsis: Synopsis, help: string, further?: ExtraFields): Option<boolean> =>
  last(synopsis, help, parseBoolean, { ...further, default: false })

/**
 * An option whose last value counts. Without a default, the field is absent if the option is
 * absent.
 */
export function last<Value, const Default extends Value | undefined = undefined>(
  synopsis: Synopsis,
  help: string,
  parse: Parse<Value>,
  further: ExtraFields & { readonly default?: Default } = {},
): Option<Value | NoInfer<Default>> {
  return option('last', synopsis, help, further, lastOf(parse, further.default as Default))
}

/** An option that may be given only once. */
export const once = <Value>(synopsis: Synopsis, help: string, parse: Parse<Value>): Option<Value | undefined> =>
  option('once', synopsis, help, {}, lastOf(parse, undefined))

/** A repeatable option: the values in the given order. */
export const list = <Value>(
  synopsis: Synopsis,
  help: string,
  parse: Parse<Value>,
  further: ExtraFields = {},
): Option<readonly Value[]> =>
  option('all', synopsis, help, further, (name, texts) => texts.map((text) => parse(name, text)))

/** A repeatable option: the values by name, each of which is set once. */
export const map = <Value>(
  synopsis: Synopsis,
  help: string,
  parse: Parse<readonly [string, Value]>,
  further: ExtraFields = {},
): Option<ReadonlyMap<string, Value>> =>
  option('all', synopsis, help, further, (name, texts) => {
    const values = new Map<string, Value>()
    for (const text of texts) {
      const [key, value] = parse(name, text)
      if (values.has(key)) throw badValue(name, text, `${key}: set twice`)
      values.set(key, value)
    }
    return values
  })

/** May be repeated: all together make one value. */
export const together = <Value>(synopsis: Synopsis, help: string, read: Read<Value>): Option<Value> =>
  option('all', synopsis, help, {}, read)

type Read<Value> = (option: string, texts: readonly string[]) => Value

const lastOf =
  <Value, Default>(parse: Parse<Value>, fallback: Default): Read<Value | Default> =>
  (option, texts) => {
    const text = texts.at(-1)
    return text === undefined ? fallback : parse(option, text)
  }

/** Makes an option. The synopsis contains its name, its letter and the name of its value. */
function option<Value>(
  counts: Option['counts'],
  synopsis: Synopsis,
  help: string,
  { inManifest, letter }: ExtraFields,
  read: Read<Value>,
): Option<Value> {
  const [, shownLetter, name = '', value] = /^(?:-(\w), )?--([a-z-]+)(?:=(.+))?$/.exec(synopsis) ?? []
  const letters = [shownLetter, letter].filter((item) => item !== undefined)
  return {
    synopsis,
    help,
    name,
    letters,
    value,
    counts,
    inManifest: inManifest === true,
    read: (texts) => read(name, texts),
  }
}
