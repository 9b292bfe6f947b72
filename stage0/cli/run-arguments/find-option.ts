import type { ShortOptions } from '../short-options.js'
import type { Option } from './option.js'
import { OPTIONS, type Place } from './options.js'

export interface PlacedOption {
  readonly option: Option
  readonly place: Place
}

const BY_NAME: ReadonlyMap<string, PlacedOption> = new Map(
  Object.entries(OPTIONS).flatMap(([place, options]) =>
    options.map((option) => [option.name, { option, place: place as Place }] as const),
  ),
)

/**
 * The option with a name (without the dashes), and where it may stand; null where there is none.
 */
export const findOption = (name: string): PlacedOption | null => BY_NAME.get(name) ?? null

/** The names of all options, without the dashes. */
export const optionNames = (): readonly string[] => [...BY_NAME.keys()]

/** The letters of short options. */
export const SHORTS: ShortOptions = Object.fromEntries(
  [...BY_NAME.values()].flatMap(({ option: { name, letters, value } }) =>
    letters.map((letter) => [letter, { option: name, ...(value !== undefined && { value: true as const }) }] as const),
  ),
)
