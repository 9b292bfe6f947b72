import dns from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const LOCAL = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  // of a cloud's own services, too
  ['169.254.0.0', 16],
] as const)
  LOCAL.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['::', 127],
  ['fe80::', 10],
] as const)
  LOCAL.addSubnet(network, bits, 'ipv6')

/** Whether an address is this host's own loopback or of a link of its own; IPv4 in IPv6's clothes included. */
export const isLocalAddress = (address: string): boolean =>
  LOCAL.check(address.replace(/%.*/, ''), isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** The code of the error where a host name leads to a local address. */
export const LOCAL_ADDRESS = 'ERR_LOCAL_ADDRESS'

/**
 * Looks host names up for connections to which an image led: one with any address that `isLocal` has none that is used. It is
 * the connection itself that asks, so no later answer of a name server can be another.
 */
export const publicLookup =
  (isLocal: (address: string) => boolean): LookupFunction =>
  (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, found) => {
      const local = error === null ? found.find(({ address }) => isLocal(address)) : undefined
      const failure = local && Object.assign(new Error(`${hostname}: ${local.address}`), { code: LOCAL_ADDRESS })
      if (error !== null || failure !== undefined) callback(failure ?? error ?? new Error(hostname), [])
      else if (options.all === true) callback(null, found)
      else callback(null, found[0]?.address ?? '', found[0]?.family)
    })
  }
