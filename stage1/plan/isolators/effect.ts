import type { IsolatorName, IsolatorScope } from '#schema/isolator-table.js'
import { isolatorValues, type Isolator } from '#schema/known-isolator.js'
import type { Effect } from './rule.js'
import { RULE_NAMES, RULES, type Rules } from './rules.js'

/** What all isolators of one app, or of the pod, change in the plan. */
export const effectOf = (isolators: readonly Isolator[] = [], scope: IsolatorScope): Required<Effect> =>
  combine(isolators.length === 0 ? [] : RULE_NAMES.map((name) => apply(name, RULES[name], isolators, scope)))

/** Combines effects. Where several set the same property or field, the last one takes effect. */
export const combine = (effects: readonly Effect[]): Required<Effect> => effects.reduce(add, NONE)

const NONE: Required<Effect> = { unit: {}, slice: {}, app: {}, pod: {}, warnings: [] }

const add = (before: Required<Effect>, { unit, slice, app, pod, warnings = [] }: Effect): Required<Effect> => ({
  unit: { ...before.unit, ...unit },
  slice: { ...before.slice, ...slice },
  app: { ...before.app, ...app },
  pod: { ...before.pod, ...pod },
  warnings: [...before.warnings, ...warnings],
})

function apply<Name extends IsolatorName>(
  name: Name,
  rule: Rules[Name],
  isolators: readonly Isolator[],
  scope: IsolatorScope,
): Effect {
  const [first, ...more] = isolatorValues(isolators, name)
  return first === undefined ? {} : (rule[scope]?.([first, ...more]) ?? {})
}
