import { RuntimeError } from '#schema/errors.js'

/**
 * Whether a host, as URL.hostname writes it, is this host or is given by its address: such hosts have no name that others could have
 * registered, and behind them may be what is meant for this host alone (services on the loopback, those of a cloud on link-local addresses).
 */
export function isLocalHost(hostname: string): boolean {
  // every form of an IPv4 address is four numbers by now; one of IPv6 stands in brackets, with or without a zone
  const isAddress = hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)
  const name = hostname.replace(/\.$/, '').toLowerCase()
  return isAddress || /(^|\.)localhost(\.localdomain)?$/.test(name) || !name.includes('.')
}

/** Refuses the host of an image's name; numbers of every form that URLs take for addresses included. Errors: INSECURE_URL. */
export function checkNamedHost(name: string): void {
  const [host = ''] = name.split('/', 1)
  const hostname = URL.parse(`https://${host}/`)?.hostname
  if (hostname === undefined || !isLocalHost(hostname)) return
  throw new RuntimeError('INSECURE_URL', `${name}: ${host} is this host or an address, where no image may send to`, {
    hint: `appc fetch ${name} gets it beforehand`,
  })
}
