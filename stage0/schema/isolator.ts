import { acIdentifier } from './ac-identifier.js'
import { list, type Parser, type Place } from './check.js'
import { object, required } from './check-object.js'
import { ISOLATOR_VALUES, type IsolatorValues } from './isolator-values.js'

/** A wish for isolation (SPEC T6): `value` is any JSON, of a known form where the name is known. */
export interface Isolator {
  readonly name: string
  readonly value: unknown
}

const anything: Parser<unknown> = (value) => value

const anyIsolator = object<Isolator>({ name: required(acIdentifier), value: required(anything) })

const isolator: Parser<Isolator> = (source, at) => {
  const found = anyIsolator(source, at)
  if (found === null) return null
  if (!isKnown(found.name)) {
    at.note(`unknown isolator "${found.name}" is ignored`)
    return found
  }
  const value = ISOLATOR_VALUES[found.name](found.value, at.field('value'))
  return value === null ? null : { ...found, value }
}

/** Those of which a list holds one at most (SPEC I3…I6, I12, I13). */
const SINGLE: readonly (keyof IsolatorValues)[] = [
  'os/linux/seccomp-remove-set',
  'os/linux/seccomp-retain-set',
  'os/linux/selinux-context',
  'os/linux/apparmor-profile',
  'os/linux/oom-score-adj',
  'os/linux/cpu-shares',
  'os/unix/sysctl',
]

/** Pairs that cannot stand together (SPEC I3, I6). */
const EXCLUSIVE: readonly (readonly [keyof IsolatorValues, keyof IsolatorValues])[] = [
  ['os/linux/seccomp-remove-set', 'os/linux/seccomp-retain-set'],
  ['os/linux/capabilities-remove-set', 'os/linux/capabilities-retain-set'],
]

function fitTogether(items: readonly Isolator[], at: Place): void {
  const count = (name: string) => items.filter((item) => item.name === name).length
  for (const name of SINGLE) {
    if (count(name) > 1) {
      at.fault(`more than one "${name}"`, `isolators set contains too many instances of type ${name}"`)
    }
  }
  for (const [one, other] of EXCLUSIVE) {
    if (count(one) > 0 && count(other) > 0) {
      at.fault(`"${one}" and "${other}" exclude each other`, 'isolators set contains incompatible types')
    }
  }
}

/** Isolators that mean nothing outside their scope: noted, then ignored (SPEC I14). */
const fitScope =
  (scope: string, others: RegExp) =>
  (items: readonly Isolator[], at: Place): void => {
    for (const [index, { name }] of items.entries()) {
      if (others.test(name)) at.item(index).note(`"${name}" means nothing for ${scope}`)
    }
  }

/** The isolators of one app. */
export const appIsolators = list(isolator, fitTogether, fitScope('an app', /^os\/unix\/sysctl$/))

/** The isolators of a pod: bounds of the apps' own (SPEC P7). */
export const podIsolators = list(
  isolator,
  fitTogether,
  fitScope('a pod', /^os\/linux\/(seccomp-|capabilities-|no-new-privileges$|oom-score-adj$|cpu-shares$)/),
)

const isKnown = (name: string): name is keyof IsolatorValues => Object.hasOwn(ISOLATOR_VALUES, name)

/** The value of the isolator of that name, of its form; the last one where several stand. */
export function isolatorValue<K extends keyof IsolatorValues>(
  isolators: readonly Isolator[] | undefined,
  name: K,
): IsolatorValues[K] | undefined {
  return isolators?.findLast((item) => item.name === name)?.value as IsolatorValues[K] | undefined
}

/** The names of isolators nobody here knows: ignored, and told so (SPEC I14). */
export const unknownIsolators = (isolators: readonly Isolator[] | undefined): readonly string[] =>
  (isolators ?? []).map(({ name }) => name).filter((name) => !isKnown(name))
