import type { IsolatorName, IsolatorScope } from '#schema/isolator-table.js'
import { isolatorValues, type Isolator } from '#schema/known-isolator.js'
import type { Effect } from './rule.js'
import { RULE_NAMES, RULES, type Rules } from './rules.js'

/** What all isolators of one app, or of the pod, change in the plan. */
export const effectOf = (isolators: readonly Isolator[] = [], scope: IsolatorScope): Required<Effect> =>
  combined(isolators.length === 0 ? [] : RULE_NAMES.map((name) => applied(name, RULES[name], isolators, scope)))

/** One effect of several: where two set the same property or field, the later one counts. */
export const combined = (effects: readonly Effect[]): Required<Effect> => effects.reduce(added, NONE)

const NONE: Required<Effect> = { unit: {}, slice: {}, app: {}, pod: {}, warnings: [] }

const added = (before: Required<Effect>, { unit, slice, app, pod, warnings = [] }: Effect): Required<Effect> => ({
  unit: { ...before.unit, ...unit },
  slice: { ...before.slice, ...slice },
  app: { ...before.app, ...app },
  pod: { ...before.pod, ...pod },
  warnings: [...before.warnings, ...warnings],
})

function applied<Name extends IsolatorName>(
  name: Name,
  rule: Rules[Name],
  isolators: readonly Isolator[],
  scope: IsolatorScope,
): Effect {
  const [first, ...more] = isolatorValues(isolators, name)
  return first === undefined ? {} : (rule[scope]?.([first, ...more]) ?? {})
}
