import type { RunSpec } from '#schema/run-spec.js'
import { native } from '#native'
import type { PodPlan } from '../plan/pod-plan.js'

/**
 * The network namespace of a pod that is to be started. A new one has no name and no mount: this process holds it until the pod init has
 * joined it, and it goes with the last process and socket in it. So nothing is left of it, whoever is killed.
 */
export async function networkOf({ network }: Pick<RunSpec, 'network'>): Promise<PodPlan['network']> {
  if (network === 'host') return network
  return { join: { pid: process.pid, fd: await native.makeNetwork() } }
}
