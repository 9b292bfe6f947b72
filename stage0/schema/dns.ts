/** What a resolv.conf(5) says. */
export interface DNS {
  readonly nameservers: readonly string[]
  readonly domain?: string
  readonly search: readonly string[]
  readonly options: readonly string[]
}

/**
 * The name resolution of a pod: as the host's resolv.conf(5) says; nothing from appc; or fields
 * that replace those of its networks or of the host.
 */
export type PodDNS = 'host' | 'none' | Partial<DNS>

/** A line of hosts(5). */
export interface HostsEntry {
  readonly address: string
  readonly names: readonly string[]
}

/** The hosts(5) of a pod: a copy of the host's, or these lines beside those of the pod itself. */
export type PodHosts = 'host' | readonly HostsEntry[]
