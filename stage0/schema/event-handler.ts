import { list, oneOf, word, type Place } from './check.js'
import { object, required, unique } from './check-object.js'

/** The moments an app may hook into (SPEC M7). */
export const EVENTS = ['pre-start', 'post-stop'] as const

export interface EventHandler {
  readonly name: (typeof EVENTS)[number]
  readonly exec: readonly string[]
}

const NAMELESS = 'eventHandler "name" cannot be empty'

/** SPEC M7: each event at most once, each with something to execute. */
export const eventHandlers = list(
  object<EventHandler>({
    name: required(
      oneOf(EVENTS, (value) => (value === '' ? NAMELESS : `bad eventHandler "name": ${JSON.stringify(value)}`)),
      NAMELESS,
    ),
    exec: required(list(word, notEmpty)),
  }),
  unique((name) => `Only one eventHandler of name ${JSON.stringify(name)} allowed`),
)

function notEmpty(items: readonly string[], at: Place): void {
  if (items.length === 0) at.fault('an event handler needs something to execute')
}
