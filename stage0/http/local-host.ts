import { RuntimeError } from '#schema/errors.js'

/**
 * Whether a host, as in URL.hostname, is this host, has no domain, or is an address. Nobody can
 * register such a name, and it may lead to services that are meant for this host alone (on the
 * loopback, or a cloud's services on link-local addresses).
 */
export function isLocalHost(hostname: string): boolean {
  // URL has normalised every form of an IPv4 address to four numbers; an IPv6 address has brackets
  const isAddress = hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)
  const name = hostname.replace(/\.$/, '').toLowerCase()
  return isAddress || /(^|\.)localhost(\.localdomain)?$/.test(name) || !name.includes('.')
}

/**
 * Refuses an image name whose host is this host or an address, in any form of number that URLs read
 * as an address. Errors: INSECURE_URL.
 */
export function checkNamedHost(name: string): void {
  const [host = ''] = name.split('/', 1)
  const hostname = URL.parse(`https://${host}/`)?.hostname
  if (hostname === undefined || !isLocalHost(hostname)) return
  throw new RuntimeError('INSECURE_URL', `${name}: ${host} is this host or an address, where no image may send to`, {
    hint: `appc fetch ${name} gets it beforehand`,
  })
}
