import { displayURL } from './display-url.js'
import { TransferError } from './failure.js'
import { isExcepted } from './no-proxy.js'

/** A proxy that the environment names. */
export interface Proxy {
  /** For Bun: with its password, host and port. */
  readonly href: string
  /** For messages: without its password, and with the variable that names it. */
  readonly name: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Those that curl reads, first one first. It leaves HTTP_PROXY alone because a CGI program's client can set that by a header. */
const VARIABLES = {
  'http:': ['http_proxy', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
} as const

/** Where curl looks for a proxy whose port is not given. */
const PORTS = { http: 1080, https: 443 } as const

/**
 * The proxy for a URL, if there is one. A value that is no proxy, or none that can be used, is an error: a request that went past it could
 * be seen, or reach what it should not. Errors: DOWNLOAD_FAILED.
 */
export function proxyFor(url: URL, environment: Environment): Proxy | undefined {
  const variables = url.protocol === 'https:' ? VARIABLES['https:'] : VARIABLES['http:']
  // one that is empty is as good as unset
  const variable = variables.find((name) => environment[name])
  if (variable === undefined) return undefined
  if (isExcepted(url.hostname, environment['no_proxy'] || environment['NO_PROXY'] || '')) return undefined
  const parsed = parseProxy(environment[variable] ?? '')
  if (typeof parsed === 'object') return { ...parsed, name: `${parsed.name} (${variable})` }
  throw new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${variable} ${parsed}`, {
    hint: `give ${variable} as http://HOST:PORT or https://HOST:PORT, or name the host in no_proxy`,
  })
}

/** Parts of a value; else what is wrong with it, without the value, which may hold a password. */
function parseProxy(value: string): Proxy | string {
  const [, scheme = 'http', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/{1,3}(?!\/))?(.*)$/is.exec(value) ?? []
  const protocol = scheme.toLowerCase()
  if (/^socks(4a?|5h?)?$/.test(protocol)) return `names a SOCKS proxy (${protocol}://), which appc cannot use`
  if (protocol !== 'http' && protocol !== 'https')
    return `names a proxy of another kind (${protocol}://) than http:// and https://`
  const [authority = ''] = rest.split(/[/?#]/, 1)
  const at = authority.indexOf('@')
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1)) ?? []
  const hostname = /[\s%@\\]/.test(host) || host === '' ? undefined : URL.parse(`http://${host}/`)?.hostname
  if (hostname === undefined) return 'is no address of a proxy'
  const number = port === '' ? PORTS[protocol] : Number(port)
  if (number < 1 || number > 65535) return 'names no port from 1 to 65535'
  const name = `${protocol}://${hostname}:${number}`
  if (at === -1) return { href: name, name }
  const [user = '', ...password] = authority.slice(0, at).split(':')
  const credentials = [user, password.join(':')].map((part) => encodeURIComponent(decoded(part))).join(':')
  return { href: `${protocol}://${credentials}@${hostname}:${number}`, name }
}

/** With its percent signs undone, where they can be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
