import { acIdentifier } from './ac-identifier.js'
import { list, type Parser, type Place } from './check.js'
import { object, required } from './check-object.js'
import { ISOLATOR_NAMES, ISOLATORS, isIsolatorName, type IsolatorName, type IsolatorScope } from './isolator-table.js'
import type { Isolator } from './known-isolator.js'

export type { Isolator } from './known-isolator.js'

const anything: Parser<unknown> = (value) => value

const anyIsolator = object<Isolator>({ name: required(acIdentifier), value: required(anything) })

const isolator: Parser<Isolator> = (source, at) => {
  const found = anyIsolator(source, at)
  if (found === null) return null
  if (!isIsolatorName(found.name)) {
    at.note(`unknown isolator "${found.name}" is ignored`)
    return found
  }
  const value = ISOLATORS[found.name].parse(found.value, at.field('value'))
  return value === null ? null : { ...found, value }
}

/**
 * Checks how often each isolator is in the list (SPEC I3…I6, I12, I13) and which exclude each
 * other (SPEC I3, I6).
 */
function checkCombination(items: readonly Isolator[], at: Place): void {
  const count = (searched: IsolatorName) => items.filter(({ name }) => name === searched).length
  for (const name of ISOLATOR_NAMES) {
    if (!ISOLATORS[name].repeatable && count(name) > 1) {
      at.fault(`more than one "${name}"`, `isolators set contains too many instances of type ${name}"`)
    }
  }
  for (const name of ISOLATOR_NAMES) {
    const { excludes } = ISOLATORS[name]
    if (excludes !== undefined && count(name) > 0 && count(excludes) > 0) {
      at.fault(`"${name}" and "${excludes}" exclude each other`, 'isolators set contains incompatible types')
    }
  }
}

/** Notes the isolators that are outside their scope; they are ignored later (SPEC I14). */
const checkScope =
  (expected: IsolatorScope) =>
  (items: readonly Isolator[], at: Place): void => {
    for (const [index, { name }] of items.entries()) {
      if (!isIsolatorName(name)) continue
      const { scope } = ISOLATORS[name]
      if (scope !== 'both' && scope !== expected) {
        at.item(index).note(`"${name}" means nothing for ${expected === 'app' ? 'an app' : 'a pod'}`)
      }
    }
  }

/** The isolators of one app. */
export const appIsolators = list(isolator, checkCombination, checkScope('app'))

/** The isolators of a pod: limits for all its apps together (SPEC P7). */
export const podIsolators = list(isolator, checkCombination, checkScope('pod'))

/** The names of unknown isolators, which are ignored with a warning (SPEC I14). */
export const unknownIsolators = (isolators: readonly Isolator[] | undefined): readonly string[] =>
  (isolators ?? []).map(({ name }) => name).filter((name) => !isIsolatorName(name))
