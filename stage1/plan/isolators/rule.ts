import type { IsolatorName, IsolatorScope, IsolatorValues } from '#schema/isolator-table.js'
import type { AppPlan, PodPlan } from '../pod-plan.js'
import type { UnitProperties } from '../unit-plan.js'

/** What isolators change in the plan of a pod. */
export interface Effect {
  /** Properties of the app's unit; of the pod's unit where the pod has the isolator. */
  readonly unit?: UnitProperties
  /** Properties of the pod's slice. */
  readonly slice?: UnitProperties
  /** Fields of the app's plan; nothing where the pod has the isolator. */
  readonly app?: Partial<Omit<AppPlan, 'version' | 'name'>>
  /** Fields of the pod's plan. */
  readonly pod?: Partial<Omit<PodPlan, 'version' | 'uuid'>>
  /** What the operator should know, one line each; the plan puts the app or pod in front. */
  readonly warnings?: readonly string[]
}

/** The values of all isolators of one name in a list, in its order: several only where the schema's row is `repeatable`. */
export type Values<Name extends IsolatorName> = readonly [IsolatorValues[Name], ...IsolatorValues[Name][]]

/**
 * How one isolator is enforced. An image's manifest may only take away, so a rule never gives an app more than it has without the
 * isolator: what an operator may give is decided by stage0 and stands in the run spec. In a scope without a
 * function the isolator is not enforced.
 */
export type Rule<Name extends IsolatorName> = {
  readonly [Scope in IsolatorScope]?: (values: Values<Name>) => Effect
}
