import { isObject } from '#schema/check.js'
import type { DNS } from '#schema/dns.js'

/**
 * What a network has given to a pod (CNI specification 1.0, section 5), as far as appc reads it.
 */
export interface NetworkResult extends DNS {
  /** With the length of the prefix: `10.72.0.2/16`. */
  readonly addresses: readonly string[]
  /** The host's ends of veth pairs. */
  readonly hostInterfaces: readonly HostInterface[]
}

/** An interface on the host, and its hardware address. */
export interface HostInterface {
  readonly name: string
  readonly mac: string
}

/** The result in what a plugin wrote; null where it wrote none. */
export function parseResult(text: string): { readonly json: unknown; readonly result: NetworkResult } | null {
  const json = parsed(text)
  if (!isObject(json)) return null
  const { ips = [], dns = {}, interfaces = [] } = json
  if (!Array.isArray(ips) || !isObject(dns) || !Array.isArray(interfaces)) return null
  const addresses = ips.map((ip: unknown) => (isObject(ip) ? ip['address'] : undefined))
  const { domain } = dns
  return {
    json,
    result: {
      addresses: addresses.filter((address) => typeof address === 'string'),
      hostInterfaces: interfaces.flatMap(hostInterface),
      nameservers: texts(dns['nameservers']),
      ...(typeof domain === 'string' && domain !== '' && { domain }),
      search: texts(dns['search']),
      options: texts(dns['options']),
    },
  }
}

/** The message of an error in what a plugin wrote; null where there is none. */
export function parseFailure(text: string): string | null {
  const json = parsed(text)
  if (!isObject(json) || typeof json['msg'] !== 'string') return null
  const { msg, details } = json
  return typeof details === 'string' && details !== '' ? `${msg}: ${details}` : msg
}

/**
 * Only of the kind that belongs to one pod: a plugin also lists the bridge. The plugins name them
 * veth…
 */
function hostInterface(item: unknown): readonly HostInterface[] {
  if (!isObject(item)) return []
  const { name, mac, sandbox = '' } = item
  if (typeof name !== 'string' || typeof mac !== 'string' || sandbox !== '') return []
  return /^veth[\w.-]{1,11}$/.test(name) ? [{ name, mac: mac.toLowerCase() }] : []
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
