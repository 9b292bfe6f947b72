import { BlockList, isIP } from 'node:net'

/**
 * Whether `no_proxy` excepts a host, as URL.hostname writes it. Read as curl does: `*` alone is every host; else names and addresses
 * between commas and blanks. A name is itself and all below it, with or without a dot at its beginning; an address may be a
 * network (`10.0.0.0/8`, `fd00::/8`). An entry with a port, or with a `*` in it, is none.
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
  const all = family === 4 ? 32 : 128
  // curl takes 0, and what is no number, for the whole address
  const bits = Number.parseInt(length ?? '', 10) || all
  if (bits < 0 || bits > all) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const networks = new BlockList()
  networks.addSubnet(address, bits, type)
  return networks.check(host, type)
}
