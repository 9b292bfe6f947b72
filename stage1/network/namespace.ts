import { closeSync } from 'node:fs'
import type { RunSpec } from '#schema/run-spec.js'
import { native } from '#native'
import type { PodPlan } from '../plan/pod-plan.js'

/** The network namespace of a pod that is to be started. */
export interface PodNetwork {
  /** What the pod init is told. */
  readonly plan: PodPlan['network']
  /** The pod's init has joined it now, or never will. */
  readonly handedOver: () => void
}

/**
 * Makes it, unless the pod is in the host's. It has no name and no mount: this process holds it until the pod init has joined it, and it
 * goes with the last process and socket in it. So nothing is left of it, whoever is killed.
 */
export async function openNetwork({ network }: Pick<RunSpec, 'network'>): Promise<PodNetwork> {
  if (network === 'host') return { plan: network, handedOver: () => undefined }
  const fd = await native.makeNetwork()
  return { plan: { join: { pid: process.pid, fd } }, handedOver: () => closeSync(fd) }
}
