import { closeSync } from 'node:fs'
import type { RunSpec } from '#schema/run-spec.js'
import { native } from '#native'
import type { PodPlan } from '../plan/pod-plan.js'

/** The network namespace of a pod that is about to be started. */
export interface PodNetwork {
  /** The `network` of the pod plan. */
  readonly plan: PodPlan['network']
  /** To be called when the pod init has joined the namespace, or never will. */
  readonly handedOver: () => void
}

/**
 * Makes a network namespace, unless the pod uses that of the host. The namespace has no name and no
 * mount: this process holds it until the pod init has joined it, and the kernel removes it with its
 * last process and socket. So it leaves nothing behind, whichever process is killed.
 */
export async function openNetwork({ network }: Pick<RunSpec, 'network'>): Promise<PodNetwork> {
  if (network === 'host') return { plan: network, handedOver: () => undefined }
  const fd = await native.makeNetwork()
  return { plan: { join: { pid: process.pid, fd } }, handedOver: () => closeSync(fd) }
}
