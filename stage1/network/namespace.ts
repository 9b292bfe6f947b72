import { closeSync } from 'node:fs'
import type { RunSpec } from '#schema/run-spec.js'
import { native } from '#native'
import type { PodPlan } from '../plan/pod-plan.js'
import type { ResolvConf } from '../plan/pod-facts.js'
import { resolvConfOf } from './resolv-conf.js'
import type { NetworkResult } from './plugins/result.js'

/** The network namespace of a pod that is about to be started. */
export interface PodNetwork {
  /** The `network` of the pod plan. */
  readonly plan: PodPlan['network']
  /**
   * The /etc/resolv.conf of the apps, as soon as the pod is in its networks; undefined where appc
   * makes none. Errors: those of {@link joinPodNetworks}.
   */
  readonly resolvConf: Promise<ResolvConf | undefined>
  /** To be called when the pod init has joined the namespace, or never will. */
  readonly handedOver: () => void
}

type NetworkSpec = Pick<RunSpec, 'network' | 'dns' | 'uuid' | 'ports'>

/**
 * Makes a network namespace, unless the pod uses that of the host, and begins to join the networks
 * of the run spec. The namespace has no name and no mount: this process holds it until the pod init
 * has joined it, and the kernel removes it with its last process and socket. So it leaves nothing
 * behind, whichever process is killed.
 */
export async function openNetwork(spec: NetworkSpec, warn: (message: string) => void): Promise<PodNetwork> {
  const { network } = spec
  if (network === 'host') {
    return { plan: network, resolvConf: resolvConfAfter(spec, NO_RESULTS), handedOver: () => undefined }
  }
  const joining = typeof network === 'string' ? undefined : joinLater(network, spec, warn)
  const fd = await native.makeNetwork()
  const results = joining === undefined ? NO_RESULTS : (await joining)(fd)
  return {
    plan: { join: { pid: process.pid, fd } },
    resolvConf: resolvConfAfter(spec, results),
    handedOver: () => closeSync(fd),
  }
}

type Results = Promise<readonly NetworkResult[]>

const NO_RESULTS: Results = Promise.resolve([])

async function resolvConfAfter(spec: NetworkSpec, results: Results): Promise<ResolvConf | undefined> {
  return resolvConfOf(spec, await results)
}

/**
 * Loads the code of networks only for a pod that has some, while the kernel makes the namespace.
 */
async function joinLater(
  networks: Exclude<RunSpec['network'], string>,
  { uuid, ports = [] }: NetworkSpec,
  warn: (message: string) => void,
): Promise<(namespace: number) => Results> {
  const { joinPodNetworks } = await import('./join-pod-networks.js')
  return (fd) => joinPodNetworks(networks, { uuid, ports, namespace: `/proc/${process.pid}/fd/${fd}`, warn })
}
