import type { IsolatorName, IsolatorScope, IsolatorValues } from '#schema/isolator-table.js'
import type { AppPlan, PodPlan } from '../pod-plan.js'
import type { UnitProperties } from '../unit-plan.js'

/** What isolators change in the plan of a pod. */
export interface Effect {
  /** Properties of the app's unit; of the pod's unit where the isolator is of the pod. */
  readonly unit?: UnitProperties
  /** Properties of the pod's slice. */
  readonly slice?: UnitProperties
  /** Fields of the app's plan; not used where the isolator is of the pod. */
  readonly app?: Partial<Omit<AppPlan, 'version' | 'name'>>
  /** Fields of the pod's plan. */
  readonly pod?: Partial<Omit<PodPlan, 'version' | 'uuid'>>
  /** Warnings for the operator, one line each. The planner prepends the app or the pod. */
  readonly warnings?: readonly string[]
}

/**
 * The values of all isolators with one name in a list, in its order. There are several only where
 * the row in the schema is `repeatable`.
 */
export type Values<Name extends IsolatorName> = readonly [IsolatorValues[Name], ...IsolatorValues[Name][]]

/**
 * How one isolator is enforced. An image manifest may only restrict, so a rule never gives an app
 * more than the app has without the isolator: stage0 decides what an operator may grant, and writes
 * it into the run spec. In a scope without a function the isolator is not enforced.
 */
export type Rule<Name extends IsolatorName> = {
  readonly [Scope in IsolatorScope]?: (values: Values<Name>) => Effect
}
