import type { ClientOptions } from '../../helpers/http-client.js'
import type { Handler } from '../../helpers/web-server.js'

export const NAMES = ['example.com', 'other.example.net']

export const TEMPLATE = 'https://storage.example.com/{os}/{arch}/{name}-{version}.{ext}'
export const KEYS = 'https://example.com/pubkeys.gpg'

export const page = (...tags: readonly string[]): string =>
  `<!DOCTYPE html>\n<html><head><title>x</title>\n${tags.join('\n')}\n</head><body></body></html>\n`
export const image = (prefix: string, template = TEMPLATE): string =>
  `<meta name="ac-discovery" content="${prefix} ${template}">`
export const keys = (prefix: string, url = KEYS): string =>
  `<meta name="ac-discovery-pubkeys" content="${prefix} ${url}">`

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_request, response) => {
    response.writeHead(code, headers).end(page(image('example.com')))
  }

/** A request to the table's server, and the expected result. */
export interface Case {
  readonly title: string
  /**
   * The responses of paths of example.com; all others are 404. `PORT` in a text is the server's
   * port.
   */
  readonly pages: Readonly<Record<string, string | Handler>>
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly client?: ClientOptions
  readonly insecureHTTP?: boolean
  /** The URLs of the images, or those of the keys with `keys`. */
  readonly finds?: readonly string[]
  /** The URLs of the signatures, if they are checked. */
  readonly signatures?: readonly string[]
  readonly keys?: readonly string[]
  /** All failures, `PREFIX: MESSAGE`, without the port. */
  readonly failures?: readonly (string | RegExp)[]
  /** The error, if nothing is found. */
  readonly error?: RegExp
  /** The requests to the server, in order. */
  readonly asked?: readonly string[]
}

export const LABELS = { version: '1.0.0', os: 'linux', arch: 'amd64' }
export const WORKER = 'example.com/reduce-worker'
export const STORED = 'https://storage.example.com/linux/amd64/example.com/reduce-worker-1.0.0.aci'
export const NOT_FOUND = 'not found (status 404)'
export const pageOf = (path: string): string => `https://example.com${path}?…`
export const none = (path: string, name = WORKER): string => `${pageOf(path)}: no ac-discovery tag for ${name}`
export const plain = (tag: string): Case['pages'] => ({ '/reduce-worker': page(tag) })

/** One template, which is refused: the rest of the walk finds nothing. */
export const refused = (title: string, template: string, problem: string, more: Partial<Case> = {}): Case => ({
  title,
  pages: plain(image('example.com', template)),
  error: new RegExp(escape(`template ${template}: ${problem}`)),
  ...more,
})

export function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
