import { closeSync } from 'node:fs'
import type { RunSpec } from '#schema/run-spec.js'
import { native } from '#native'
import type { PodPlan } from '../plan/pod-plan.js'
import { hostResolvConf } from './resolv-conf.js'

/** The network of a pod that is to be started. */
export interface PodNetwork {
  /** What the pod init does. */
  readonly plan: PodPlan['network']
  /** The /etc/resolv.conf of the apps; undefined where they have none of ours. */
  readonly resolvConf: string | undefined
  /** The pod's init has joined the namespace now, or never will. */
  readonly handedOver: () => void
}

/**
 * Makes the pod's network namespace, unless the pod is in the host's, and joins the networks of the run spec. The namespace has no
 * name and no mount: this process holds it until the pod init has joined it, and it ends with the last process and socket
 * in it. So nothing is left of it, whoever is killed. Errors: those of {@link joinPodNetworks}.
 */
export async function openNetwork({ network, uuid }: Pick<RunSpec, 'network' | 'uuid'>): Promise<PodNetwork> {
  if (network === 'host') return { plan: network, resolvConf: hostResolvConf(), handedOver: () => undefined }
  const fd = await native.makeNetwork()
  const resolvConf = typeof network === 'string' ? undefined : await joined(network, uuid, fd)
  return { plan: { join: { pid: process.pid, fd } }, resolvConf, handedOver: () => closeSync(fd) }
}

/** Loaded where a pod has networks: without any, none of it is needed. */
async function joined(networks: Exclude<RunSpec['network'], string>, uuid: string, fd: number) {
  const { joinPodNetworks } = await import('./join-pod-networks.js')
  return joinPodNetworks(networks, { uuid, namespace: `/proc/${process.pid}/fd/${fd}` })
}
