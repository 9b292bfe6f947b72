import type { JoinedNetwork } from '#schema/network.js'
import type { PublishedPort } from '#schema/published-port.js'

/** What a pod needs of the table `inet appc`. */
export interface TableUse {
  readonly networks: readonly JoinedNetwork[]
  /** The ports of the pod that the table publishes, and the addresses that they lead to. */
  readonly ports: readonly PublishedPort[]
  readonly addresses: readonly string[]
}
