import { list, oneOf, word, type Place } from './check.js'
import { object, required, unique } from './check-object.js'

/** The events for which an app may have a handler (SPEC M7). */
export const EVENTS = ['pre-start', 'post-stop'] as const

export interface EventHandler {
  readonly name: (typeof EVENTS)[number]
  readonly exec: readonly string[]
}

const NAMELESS = 'eventHandler "name" cannot be empty'

/** SPEC M7: at most one handler for each event, each with a command to execute. */
export const eventHandlers = list(
  object<EventHandler>({
    name: required(
      oneOf(EVENTS, (value) => (value === '' ? NAMELESS : `bad eventHandler "name": ${JSON.stringify(value)}`)),
      NAMELESS,
    ),
    exec: required(list(word, checkNotEmpty)),
  }),
  unique((name) => `Only one eventHandler of name ${JSON.stringify(name)} allowed`),
)

function checkNotEmpty(items: readonly string[], at: Place): void {
  if (items.length === 0) at.fault('an event handler needs something to execute')
}
