/** The synopsis of an option in the help: `-u, --user=USER`. */
export type Synopsis = `--${string}` | `-${string}, --${string}`

/**
 * One option of `appc run`: its synopsis, its help, and the function that converts the given texts.
 */
export interface Option<Value = unknown> {
  readonly synopsis: Synopsis
  readonly help: string
  /** The name without the dashes. */
  readonly name: string
  /** The letters of its short forms. */
  readonly letters: readonly string[]
  /**
   * The name of the value in the synopsis. A switch has none, and is given alone or as
   * `=true|false`.
   */
  readonly value: string | undefined
  /**
   * `last`: the last value counts; `once`: a repetition is an error; `all`: the option is
   * repeatable.
   */
  readonly counts: 'last' | 'once' | 'all'
  /** A pod manifest contains this setting, so the option is invalid with `--pod-manifest`. */
  readonly inManifest: boolean
  /**
   * Converts the texts, in the given order, to the value of the field; undefined leaves the field
   * out. Errors: USAGE.
   */
  readonly read: (texts: readonly string[]) => Value
}

/**
 * Parses the text of an option. `option` is its name without the dashes, for errors. Errors: USAGE.
 */
export type Parse<Value> = (option: string, text: string) => Value

/**
 * One option for each field. The compiler reports a field without an option, and an option whose
 * value does not fit its field.
 */
export type Options<Fields> = { readonly [Field in keyof Fields]-?: Option<Fields[Field]> }

/** Converts the texts of each option to the fields of a table of options. Errors: USAGE. */
export function readOptions<Fields>(options: Options<Fields>, texts: ReadonlyMap<Option, readonly string[]>): Fields {
  const fields = Object.entries<Option>(options).map(([field, option]) => [field, option.read(texts.get(option) ?? [])])
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as Fields
}
