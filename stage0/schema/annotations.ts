import { acIdentifier } from './ac-identifier.js'
import { describe, list, text, type Place } from './check.js'
import { object, required, unique } from './check-object.js'
import type { Label } from './labels.js'
import { isTimestamp } from './timestamp.js'

/** A name with any value, for tools and people. */
export type Annotation = Label

/**
 * SPEC M16: unique AC Identifiers; `created` is a timestamp, `homepage` and `documentation` are
 * URLs.
 */
export const annotations = list(
  object<Annotation>({ name: required(acIdentifier), value: required(text) }),
  unique((name) => `duplicate annotations of name ${JSON.stringify(name)}`),
  checkValues,
)

function checkValues(items: readonly Annotation[], at: Place): void {
  for (const [index, { name, value }] of items.entries()) {
    const place = at.item(index).field('value')
    if (name === 'created' && !isTimestamp(value)) {
      const expected = `expected a timestamp like 2014-10-27T19:32:27Z, got ${describe(value)}`
      place.fault(expected, `bad Date: ${expected}`)
    }
    if ((name === 'homepage' || name === 'documentation') && !isWebAddress(value)) {
      const actool = /^https?:/i.test(value) ? undefined : 'bad URL scheme, must be http/https'
      place.fault(`expected an http or https URL, got ${describe(value)}`, actool)
    }
  }
}

const isWebAddress = (value: string): boolean => /^https?:\/\/[^/]/i.test(value) && URL.canParse(value)
