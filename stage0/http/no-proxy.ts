import { BlockList, isIP } from 'node:net'

/**
 * Whether `no_proxy` excepts a host, as in URL.hostname. The rules are curl's: `*` alone matches
 * every host; else the list has names and addresses, separated by commas and blanks. A name, with
 * or without a leading dot, matches itself and all names below it; an address may be a network
 * (`10.0.0.0/8`, `fd00::/8`). An entry with a port, or with `*` in it, matches nothing.
 */
export function isExcepted(hostname: string, list: string): boolean {
  if (list === '*') return true
  const host = withoutBrackets(hostname).replace(/\.$/, '').toLowerCase()
  const family = isIP(host)
  return list
    .toLowerCase()
    .split(/[, \t]+/)
    .some(
      (entry) => entry !== '' && (family === 0 ? isWithinDomain(host, entry) : isWithinNetwork(host, family, entry)),
    )
}

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

function isWithinDomain(host: string, entry: string): boolean {
  const domain = entry.replace(/\.$/, '').replace(/^\./, '')
  return host === domain || host.endsWith(`.${domain}`)
}

function isWithinNetwork(host: string, family: number, entry: string): boolean {
  const [network = '', length] = entry.split('/', 2)
  const address = withoutBrackets(network)
  if (isIP(address) !== family) return false
  const maxBits = family === 4 ? 32 : 128
  // for curl, a length of 0 or one that is no number means the whole address
  const bits = Number.parseInt(length ?? '', 10) || maxBits
  if (bits < 0 || bits > maxBits) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const networks = new BlockList()
  networks.addSubnet(address, bits, type)
  return networks.check(host, type)
}
