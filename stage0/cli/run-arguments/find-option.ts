import type { ShortOptions } from '../short-options.js'
import type { Option } from './option.js'
import { OPTIONS, type Place } from './options.js'

export interface Found {
  readonly option: Option
  readonly place: Place
}

const BY_NAME: ReadonlyMap<string, Found> = new Map(
  Object.entries(OPTIONS).flatMap(([place, options]) =>
    options.map((option) => [option.name, { option, place: place as Place }] as const),
  ),
)

/** The option of that name, without the dashes, and where it may stand; null where there is none. */
export const findOption = (name: string): Found | null => BY_NAME.get(name) ?? null

/** The names of all options, without the dashes. */
export const optionNames = (): readonly string[] => [...BY_NAME.keys()]

/** The letters that stand for options. */
export const SHORTS: ShortOptions = Object.fromEntries(
  [...BY_NAME.values()].flatMap(({ option: { name, letters, value } }) =>
    letters.map((letter) => [letter, { option: name, ...(value !== undefined && { value: true as const }) }] as const),
  ),
)
