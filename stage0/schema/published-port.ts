import { isObject } from './check.js'

/** The protocols whose ports can be published. */
export const PORT_PROTOCOLS = ['tcp', 'udp'] as const

export type PortProtocol = (typeof PORT_PROTOCOLS)[number]

/**
 * A port of an app, or a range of `count` ports, that is reachable on the host: the first is
 * `port` in the pod and `hostPort` on the host.
 */
export interface PublishedPort {
  /** The name that the app declares. */
  readonly name: string
  readonly protocol: PortProtocol
  /**
   * The address of the host, IPv6 in its canonical form; `0.0.0.0` and `::` are all addresses of
   * their family, and a port without `hostIP` is reachable by all addresses of both.
   */
  readonly hostIP?: string
  readonly hostPort: number
  readonly port: number
  readonly count: number
}

/** Whether two ports need the same port of the host. */
export const overlap = (one: PublishedPort, another: PublishedPort): boolean =>
  one.protocol === another.protocol &&
  one.hostPort < another.hostPort + another.count &&
  another.hostPort < one.hostPort + one.count &&
  addressesMeet(one.hostIP, another.hostIP)

/** Whether a socket at one address of the host leaves no room for one at another. */
export function addressesMeet(one: string | undefined, another: string | undefined): boolean {
  if (one === undefined || another === undefined || one === another) return true
  if (isIPv6(one) !== isIPv6(another)) return false
  return [one, another].some(isWildcard)
}

export const isIPv6 = (address: string): boolean => address.includes(':')

/** Whether an address means all addresses of its family. */
export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::'

/** The host's side of a port, as a message shows it: `8080/tcp`, `[::1]:53-55/udp`. */
export function hostSide({ protocol, hostIP, hostPort, count }: PublishedPort): string {
  const address = hostIP === undefined ? '' : `${isIPv6(hostIP) ? `[${hostIP}]` : hostIP}:`
  return `${address}${portRange(hostPort, count)}/${protocol}`
}

/** A range of ports: `80`, or `80-89`. */
export const portRange = (first: number, count: number): string =>
  count === 1 ? String(first) : `${first}-${first + count - 1}`

/** The ports in a run spec that may be broken; an item that is broken is left out. */
export const parsePublishedPorts = (value: unknown): readonly PublishedPort[] =>
  Array.isArray(value) ? value.filter(isPublishedPort) : []

const isPublishedPort = (value: unknown): value is PublishedPort =>
  isObject(value) &&
  typeof value['name'] === 'string' &&
  (PORT_PROTOCOLS as readonly unknown[]).includes(value['protocol']) &&
  (value['hostIP'] === undefined || typeof value['hostIP'] === 'string') &&
  ['hostPort', 'port', 'count'].every((key) => typeof value[key] === 'number')
