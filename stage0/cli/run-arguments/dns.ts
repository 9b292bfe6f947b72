import type { HostsEntry, PodDNS, PodHosts } from '#schema/dns.js'
import { isIPAddress } from '#schema/ip-address.js'
import { badValue } from './values.js'

/** The servers of all `--dns`, or the one word that stands alone. Errors: USAGE. */
export function parseServers(
  option: string,
  values: readonly string[],
): readonly string[] | 'host' | 'none' | undefined {
  const items = values.flatMap((value) => value.split(',').map((item) => ({ value, item })))
  for (const { value, item } of items) {
    if (item === 'host' || item === 'none') {
      if (items.length > 1) throw badValue(option, value, `${item}: goes with no other value`)
      return item
    }
    if (!isIPAddress(item)) throw badValue(option, value, `${item === '' ? 'an empty word' : item}: no IP address`)
  }
  return items.length === 0 ? undefined : items.map(({ item }) => item)
}

/** The words of a line of resolv.conf(5): a domain, or an option. Errors: USAGE. */
export function parseWords(option: string, values: readonly string[]): readonly string[] | undefined {
  const words = values.flatMap((value) => value.split(','))
  const bad = words.find((word) => !/^[A-Za-z0-9_.:-]{1,253}$/.test(word))
  if (bad !== undefined) throw badValue(option, bad, 'expected letters, digits, ".", "-", "_" and ":"')
  return words.length === 0 ? undefined : words
}

/** A domain. Errors: USAGE. */
export const parseDomain = (option: string, value: string): string => parseWords(option, [value])?.[0] ?? ''

/** The lines of all `--hosts-entry=IP=NAME[,IP=NAME…]`, or `host`. Errors: USAGE. */
export function parseHosts(option: string, values: readonly string[]): PodHosts | undefined {
  const names = new Map<string, string[]>()
  const items = values.flatMap((value) => value.split(',').map((item) => ({ value, item })))
  for (const { value, item } of items) {
    if (item === 'host') {
      if (items.length > 1) throw badValue(option, value, 'host: goes with no other value')
      return item
    }
    const [address = '', name = ''] = item.split(/=(.*)/s)
    if (!isIPAddress(address))
      throw badValue(option, value, `${address === '' ? 'an empty word' : address}: no IP address`)
    if (!/^[A-Za-z0-9_.-]{1,253}$/.test(name)) {
      throw badValue(option, value, `${name === '' ? 'an empty name' : name}: no name of a host`)
    }
    names.set(address, [...(names.get(address) ?? []), name])
  }
  const entries = [...names].map(([address, of]): HostsEntry => ({ address, names: of }))
  return entries.length === 0 ? undefined : entries
}

/** What the four options say. */
export interface DNSOptions {
  readonly servers?: readonly string[] | 'host' | 'none' | undefined
  readonly search?: readonly string[] | undefined
  readonly options?: readonly string[] | undefined
  readonly domain?: string | undefined
}

/** What the options say together; undefined where none was given. Errors: USAGE. */
export function dnsOf({ servers, search, options, domain }: DNSOptions): PodDNS | undefined {
  const further = {
    ...(search !== undefined && { search }),
    ...(options !== undefined && { options }),
    ...(domain !== undefined && { domain }),
  }
  if (typeof servers === 'string') {
    if (Object.keys(further).length > 0) {
      throw badValue('dns', servers, 'goes with no --dns-search, --dns-opt and --dns-domain')
    }
    return servers
  }
  const dns = { ...(servers !== undefined && { nameservers: servers }), ...further }
  return Object.keys(dns).length === 0 ? undefined : dns
}
