import { RuntimeError } from '#schema/errors.js'
import { stateOf, VISIBLE } from '../pod/state.js'
import type { PodView } from '../pod/view.js'

/** What a pod may be asked for, and what it has of it. */
const KEYS: Readonly<Record<string, (pod: PodView) => readonly (string | null)[]>> = {
  state: ({ state }) => [state],
  name: ({ name }) => [name],
  app: ({ apps }) => apps.map(({ name }) => name),
  image: ({ apps }) => apps.flatMap(({ image_name, image_id }) => [image_name, image_id]),
}

/** Every state of a pod that users see. */
const STATES: readonly string[] = VISIBLE.flatMap((place) => [true, false].map((locked) => stateOf(place, locked)))

/**
 * A filter made of words `KEY=VALUE`: a pod passes that has, for each key given, one of the key's values. Errors: USAGE, with what is
 * possible.
 */
export function podFilter(words: readonly string[]): (pod: PodView) => boolean {
  const wanted = new Map<string, string[]>()
  for (const word of words) {
    const equals = word.indexOf('=')
    const [key, value] = equals === -1 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)]
    if (!Object.hasOwn(KEYS, key))
      throw wrong(word, `expected ${alternatives(Object.keys(KEYS).map((name) => `${name}=…`))}`)
    if (value === '') throw wrong(word, `expected a value: ${key}=…`)
    if (key === 'state' && !STATES.includes(value))
      throw wrong(word, `a state is one of ${alternatives(unique(STATES))}`)
    wanted.set(key, [...(wanted.get(key) ?? []), value])
  }
  return (pod) =>
    [...wanted].every(([key, values]) => (KEYS[key]?.(pod) ?? []).some((has) => has !== null && values.includes(has)))
}

const wrong = (word: string, problem: string): RuntimeError =>
  new RuntimeError('USAGE', `--filter=${word}: ${problem}`, { hint: 'appc list --help' })

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)]

const alternatives = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
