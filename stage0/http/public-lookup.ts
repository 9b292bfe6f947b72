import dns from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const LOCAL = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  // link-local: also the address of clouds' own services
  ['169.254.0.0', 16],
] as const)
  LOCAL.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['::', 127],
  ['fe80::', 10],
] as const)
  LOCAL.addSubnet(network, bits, 'ipv6')

/** Whether an address is a loopback or link-local one, also an IPv4 address mapped to IPv6. */
export const isLocalAddress = (address: string): boolean =>
  LOCAL.check(address.replace(/%.*/, ''), isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** The code of the error for a host name that resolves to a local address. */
export const LOCAL_ADDRESS = 'ERR_LOCAL_ADDRESS'

/**
 * The host name lookup for connections to servers from image authors: it refuses a name with any
 * address that is local by `isLocal`. The connection uses exactly this lookup's result, so a later,
 * different answer of the name server has no effect.
 */
export const publicLookup =
  (isLocal: (address: string) => boolean): LookupFunction =>
  (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, found) => {
      const localEntry = error === null ? found.find(({ address }) => isLocal(address)) : undefined
      const failure =
        localEntry && Object.assign(new Error(`${hostname}: ${localEntry.address}`), { code: LOCAL_ADDRESS })
      if (error !== null || failure !== undefined) callback(failure ?? error ?? new Error(hostname), [])
      else if (options.all === true) callback(null, found)
      else callback(null, found[0]?.address ?? '', found[0]?.family)
    })
  }
