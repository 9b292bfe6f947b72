import type { Plan } from './plan.js'
import type { StartOrder } from './unit-plan.js'

/**
 * systemd starts the first app, which is bound to the pod, so it pulls in the pod and with it the
 * other apps. The unit of the pod itself refuses manual starts, so that no `systemctl restart` can
 * end it.
 */
export function startOrder({ podUnit, slice, metadata, appUnits: [first, ...apps] }: Units): StartOrder {
  const metadataUnits = metadata === undefined ? [] : [metadata.socket, metadata.service]
  return first === undefined
    ? { main: podUnit, others: [slice, ...metadataUnits] }
    : { main: first, others: [slice, podUnit, ...apps, ...metadataUnits] }
}

type Units = Pick<Plan, 'podUnit' | 'slice' | 'appUnits' | 'metadata'>
