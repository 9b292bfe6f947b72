import { closeSync } from 'node:fs'
import type { RunSpec } from '#schema/run-spec.js'
import { native } from '#native'
import type { PodPlan } from '../plan/pod-plan.js'
import type { ResolvConf } from '../plan/pod-facts.js'
import { resolvConfOf } from './resolv-conf.js'

/** The network namespace of a pod that is about to be started. */
export interface PodNetwork {
  /** The `network` of the pod plan. */
  readonly plan: PodPlan['network']
  /** The /etc/resolv.conf of the apps; undefined where appc makes none. */
  readonly resolvConf: ResolvConf | undefined
  /** To be called when the pod init has joined the namespace, or never will. */
  readonly handedOver: () => void
}

type NetworkSpec = Pick<RunSpec, 'network' | 'dns' | 'uuid' | 'ports'>

/**
 * Makes a network namespace, unless the pod uses that of the host, and joins the networks of the
 * run spec. The namespace has no name and no mount: this process holds it until the pod init has
 * joined it, and the kernel removes it with its last process and socket. So it leaves nothing
 * behind, whichever process is killed. Errors: those of {@link joinPodNetworks}.
 */
export async function openNetwork(spec: NetworkSpec, warn: (message: string) => void): Promise<PodNetwork> {
  const { network } = spec
  if (network === 'host') {
    return { plan: network, resolvConf: resolvConfOf(spec, []), handedOver: () => undefined }
  }
  const fd = await native.makeNetwork()
  const results = typeof network === 'string' ? [] : await joinNetworks(network, spec, fd, warn)
  return {
    plan: { join: { pid: process.pid, fd } },
    resolvConf: resolvConfOf(spec, results),
    handedOver: () => closeSync(fd),
  }
}

/** Loads the code of networks only for a pod that has some. */
async function joinNetworks(
  networks: Exclude<RunSpec['network'], string>,
  { uuid, ports = [] }: NetworkSpec,
  fd: number,
  warn: (message: string) => void,
) {
  const { joinPodNetworks } = await import('./join-pod-networks.js')
  return joinPodNetworks(networks, { uuid, ports, namespace: `/proc/${process.pid}/fd/${fd}`, warn })
}
