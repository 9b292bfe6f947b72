import { createHash } from 'node:crypto'
import {
  createServer as createPlainServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { authority, type Certificate } from './authority.js'

/** A request that the server received. */
export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/**
 * The response for a path: a function, or bytes (200 with ETag, Last-Modified, Range and
 * conditions, like a plain file).
 */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface WebServerOptions {
  readonly tls?: boolean
  /** Further hosts of the certificate. */
  readonly names?: readonly string[]
  /** The address at which it listens; default: that of the loopback. */
  readonly address?: string
  /** The port at which it listens; default: any free port. */
  readonly port?: number
  /** A certificate other than a good one for localhost, 127.0.0.1 and `names`. */
  readonly certificate?: Certificate
}

/**
 * A web server on the loopback for tests. With `tls` the test's own CA issues its certificate;
 * processes under test trust that CA by NODE_EXTRA_CA_CERTS = caFile, the test's own process by
 * authority().trust().
 */
export class WebServer implements AsyncDisposable {
  /** The requests so far, in order. */
  readonly requests: SeenRequest[] = []
  /** PEM of the CA; '' without TLS. */
  readonly caFile: string
  readonly port: number
  readonly #server: Server
  readonly #scheme: 'http' | 'https'
  readonly #routes = new Map<string, Handler>()

  private constructor(server: Server, tls: boolean) {
    this.#server = server
    this.#scheme = tls ? 'https' : 'http'
    this.caFile = tls ? authority().caFile : ''
    this.port = (server.address() as AddressInfo).port
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response))
  }

  static async start(options: WebServerOptions = {}): Promise<WebServer> {
    const { tls = false, names = [], address = '127.0.0.1', port = 0, certificate } = options
    const server = tls ? createSecureServer({ ...(certificate ?? certificateFor(names)) }) : createPlainServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, address, resolve)
    })
    return new WebServer(server, tls)
  }

  /**
   * The absolute URL of a path; the host is localhost, or one of `names` that resolves to this
   * machine.
   */
  url(path: string, host = 'localhost'): URL {
    return new URL(path, `${this.#scheme}://${host}:${this.port}`)
  }

  /** Sets the response for a path (without query); any other path gets 404. */
  route(path: string, handler: Handler | string | Uint8Array): void {
    this.#routes.set(path, typeof handler === 'function' ? handler : fileHandler(Buffer.from(handler)))
  }

  /** Removes a path. */
  unroute(path: string): void {
    this.#routes.delete(path)
  }

  /** The requests to a path (without query), in order. */
  requestsTo(path: string): readonly SeenRequest[] {
    return this.requests.filter(({ url }) => pathOf(url) === path)
  }

  /** Ends the server and all its connections. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request
    this.requests.push({ method, url, headers })
    const handler = this.#routes.get(pathOf(url))
    if (handler !== undefined) handler(request, response)
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''

const certificates = new Map<string, Certificate>()

/** One certificate per set of names, because creating one takes a moment. */
function certificateFor(names: readonly string[]): Certificate {
  const key = names.join()
  const made = certificates.get(key) ?? authority().issue(['localhost', '127.0.0.1', ...names])
  certificates.set(key, made)
  return made
}

/** The default time of the last change of every file of a test server. */
export const LAST_MODIFIED = 'Sun, 01 Feb 2026 10:00:00 GMT'

/** The strong ETag of a file. */
export const etagOf = (bytes: Buffer): string => `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`

/**
 * A file as web servers serve it: strong ETag, Last-Modified, If-None-Match, If-Range, one Range to
 * the end.
 */
export function fileHandler(bytes: Buffer, headers: Readonly<Record<string, string>> = {}): Handler {
  const etag = etagOf(bytes)
  return (request, response) => {
    const own: Record<string, string> = { etag, 'last-modified': LAST_MODIFIED, 'accept-ranges': 'bytes', ...headers }
    if (own['etag'] !== undefined && request.headers['if-none-match'] === own['etag']) {
      response.writeHead(304, own).end()
      return
    }
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
    const condition = request.headers['if-range']
    const fits = condition === undefined || condition === own['etag'] || condition === own['last-modified']
    if (from === undefined || !fits) {
      response.writeHead(200, { 'content-length': bytes.length, ...own }).end(bytes)
      return
    }
    const start = Number(from)
    if (start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
      return
    }
    const rest = bytes.subarray(start)
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`
    response.writeHead(206, { 'content-length': rest.length, 'content-range': range, ...own }).end(rest)
  }
}
