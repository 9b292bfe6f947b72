import { displayURL } from './display-url.js'
import { TransferError } from './failure.js'
import { isExcepted } from './no-proxy.js'

/** A proxy from the environment. */
export interface Proxy {
  /** Its URL for Bun: with password, host and port. */
  readonly href: string
  /** Its name for messages: without the password, with the environment variable. */
  readonly name: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The variables that curl reads, in its order. HTTP_PROXY is not among them, because clients of a
 * CGI program can set it with a header.
 */
const VARIABLES = {
  'http:': ['http_proxy', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
} as const

/** curl's default ports for proxies. */
const PORTS = { http: 1080, https: 443 } as const

/**
 * The proxy for a URL; undefined if there is none. An invalid or unusable value is an error,
 * because a request without the proxy could be observed, or reach a server that it should not.
 * Errors: DOWNLOAD_FAILED.
 */
export function proxyFor(url: URL, environment: Environment): Proxy | undefined {
  const variables = url.protocol === 'https:' ? VARIABLES['https:'] : VARIABLES['http:']
  // an empty variable counts as unset
  const variable = variables.find((name) => environment[name])
  if (variable === undefined) return undefined
  if (isExcepted(url.hostname, environment['no_proxy'] || environment['NO_PROXY'] || '')) return undefined
  const parsed = parseProxy(environment[variable] ?? '')
  if (typeof parsed === 'object') return { ...parsed, name: `${parsed.name} (${variable})` }
  throw new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${variable} ${parsed}`, {
    hint: `give ${variable} as http://HOST:PORT or https://HOST:PORT, or name the host in no_proxy`,
  })
}

/** Parses a value; or returns the problem, without the value, which may contain a password. */
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
  const credentials = [user, password.join(':')].map((part) => encodeURIComponent(decodePercent(part))).join(':')
  return { href: `${protocol}://${credentials}@${hostname}:${number}`, name }
}

/** Decodes percent escapes; a text with invalid ones is returned unchanged. */
function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
