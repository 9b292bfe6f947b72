/** How an option is written, as the help shows it: `-u, --user=USER`. */
export type Synopsis = `--${string}` | `-${string}, --${string}`

/** One option of `appc run`: how it is written, what it means, and what the texts given for it become. */
export interface Option<Value = unknown> {
  readonly synopsis: Synopsis
  readonly help: string
  /** Without the dashes. */
  readonly name: string
  /** Those that stand for it. */
  readonly letters: readonly string[]
  /** What stands for its value in the synopsis; a switch has none, and is given alone or as `=true|false`. */
  readonly value: string | undefined
  /** `last`: the last one counts; `once`: twice is an error; `all`: may be repeated. */
  readonly counts: 'last' | 'once' | 'all'
  /** A pod manifest says the same: makes no sense beside `--pod-manifest`. */
  readonly inManifest: boolean
  /** The value of its field, from the texts in the order given; undefined leaves the field out. Errors: USAGE. */
  readonly read: (texts: readonly string[]) => Value
}

/** Makes a value of a text. Errors: USAGE, about the option, whose name comes without the dashes. */
export type Parse<Value> = (option: string, text: string) => Value

/** An option for each field. The compiler names a field without one, and an option that gives what its field does not hold. */
export type Options<Fields> = { readonly [Field in keyof Fields]-?: Option<Fields[Field]> }

/** The fields of a table of options, from the texts of each in the order given. Errors: USAGE. */
export function readOptions<Fields>(options: Options<Fields>, given: ReadonlyMap<Option, readonly string[]>): Fields {
  const fields = Object.entries<Option>(options).map(([field, option]) => [field, option.read(given.get(option) ?? [])])
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as Fields
}
