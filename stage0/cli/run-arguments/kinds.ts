import type { Option, Parse, Synopsis } from './option.js'
import { badValue, parseBoolean } from './values.js'

/** What few options have. */
interface Further {
  readonly inManifest?: true
  /** A letter that the help does not show. */
  readonly letter?: string
}

/** Off where nothing is said. */
export const flag = (synopsis: Synopsis, help: string, further?: Further): Option<boolean> =>
  last(synopsis, help, parseBoolean, { ...further, default: false })

/** The last one counts; without a default there is no field where none was given. */
export function last<Value, const Default extends Value | undefined = undefined>(
  synopsis: Synopsis,
  help: string,
  parse: Parse<Value>,
  further: Further & { readonly default?: Default } = {},
): Option<Value | NoInfer<Default>> {
  return option('last', synopsis, help, further, lastOf(parse, further.default as Default))
}

/** Twice is an error. */
export const once = <Value>(synopsis: Synopsis, help: string, parse: Parse<Value>): Option<Value | undefined> =>
  option('once', synopsis, help, {}, lastOf(parse, undefined))

/** May be repeated: all in the order given. */
export const list = <Value>(
  synopsis: Synopsis,
  help: string,
  parse: Parse<Value>,
  further: Further = {},
): Option<readonly Value[]> =>
  option('all', synopsis, help, further, (name, texts) => texts.map((text) => parse(name, text)))

/** May be repeated: all by their names, each of which is set once. */
export const map = <Value>(
  synopsis: Synopsis,
  help: string,
  parse: Parse<readonly [string, Value]>,
  further: Further = {},
): Option<ReadonlyMap<string, Value>> =>
  option('all', synopsis, help, further, (name, texts) => {
    const found = new Map<string, Value>()
    for (const text of texts) {
      const [key, value] = parse(name, text)
      if (found.has(key)) throw badValue(name, text, `${key}: set twice`)
      found.set(key, value)
    }
    return found
  })

/** May be repeated: all together make one value. */
export const together = <Value>(synopsis: Synopsis, help: string, read: Read<Value>): Option<Value> =>
  option('all', synopsis, help, {}, read)

type Read<Value> = (option: string, texts: readonly string[]) => Value

const lastOf =
  <Value, Default>(parse: Parse<Value>, otherwise: Default): Read<Value | Default> =>
  (option, texts) => {
    const text = texts.at(-1)
    return text === undefined ? otherwise : parse(option, text)
  }

/** The synopsis tells the name, the letter and what stands for the value. */
function option<Value>(
  counts: Option['counts'],
  synopsis: Synopsis,
  help: string,
  { inManifest, letter }: Further,
  read: Read<Value>,
): Option<Value> {
  const [, shown, name = '', value] = /^(?:-(\w), )?--([a-z-]+)(?:=(.+))?$/.exec(synopsis) ?? []
  const letters = [shown, letter].filter((one) => one !== undefined)
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
