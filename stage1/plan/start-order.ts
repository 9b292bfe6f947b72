import type { Plan } from './plan.js'
import type { StartOrder } from './unit-plan.js'

/**
 * The pod is started by way of its first app, which is bound to it, and brings the other apps: the pod's own unit refuses to be started
 * by name, so that no `systemctl restart` can end it.
 */
export function startOrder({ podUnit, slice, appUnits: [first, ...apps] }: Units): StartOrder {
  return first === undefined ? { main: podUnit, others: [slice] } : { main: first, others: [slice, podUnit, ...apps] }
}

type Units = Pick<Plan, 'podUnit' | 'slice' | 'appUnits'>
