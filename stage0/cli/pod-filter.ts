import { RuntimeError } from '#schema/errors.js'
import { stateOf, VISIBLE } from '../pod/state.js'
import type { PodView } from '../pod/view.js'

/** The keys of a filter, and the values of a pod for each key. */
const KEYS: Readonly<Record<string, (pod: PodView) => readonly (string | null)[]>> = {
  state: ({ state }) => [state],
  name: ({ name }) => [name],
  app: ({ apps }) => apps.map(({ name }) => name),
  image: ({ apps }) => apps.flatMap(({ image_name, image_id }) => [image_name, image_id]),
}

/** All states of pods that users see. */
const STATES: readonly string[] = VISIBLE.flatMap((place) => [true, false].map((locked) => stateOf(place, locked)))

/**
 * Makes a filter from words `KEY=VALUE`. A pod passes if, for each given key, it has one of the
 * key's values. Errors: USAGE, with the possible keys or values.
 */
export function podFilter(words: readonly string[]): (pod: PodView) => boolean {
  const required = new Map<string, string[]>()
  for (const word of words) {
    const equals = word.indexOf('=')
    const [key, value] = equals === -1 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)]
    if (!Object.hasOwn(KEYS, key))
      throw filterError(word, `expected ${alternatives(Object.keys(KEYS).map((name) => `${name}=…`))}`)
    if (value === '') throw filterError(word, `expected a value: ${key}=…`)
    if (key === 'state' && !STATES.includes(value))
      throw filterError(word, `a state is one of ${alternatives(unique(STATES))}`)
    required.set(key, [...(required.get(key) ?? []), value])
  }
  return (pod) =>
    [...required].every(([key, values]) =>
      (KEYS[key]?.(pod) ?? []).some((actual) => actual !== null && values.includes(actual)),
    )
}

const filterError = (word: string, problem: string): RuntimeError =>
  new RuntimeError('USAGE', `--filter=${word}: ${problem}`, { hint: 'appc list --help' })

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)]

const alternatives = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
