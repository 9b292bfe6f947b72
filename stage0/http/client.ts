import type { IncomingHttpHeaders } from 'node:http'
import { native } from '#native'
import type { Config } from '../config/config.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import { checkAddress, redirectTarget } from './address.js'
import { displayURL } from './display-url.js'
import { TransferError } from './failure.js'
import { retry } from './retry.js'
import { readBody } from './read-body.js'
import type { HttpResponse } from './response.js'
import { statusError } from './status.js'
import { type Timeouts, TIMEOUTS } from './timeouts.js'
import type { Transport } from './transport.js'

export interface HttpOptions {
  readonly config: Pick<Config, 'authorization'>
  readonly insecure: InsecureOptions
  readonly timeouts?: Partial<Timeouts>
  /** Whether the URLs come from image authors; see {@link HttpClient.forImageNames}. */
  readonly chosenByImage?: boolean
  /** Whether an address is forbidden for names from image authors; default isLocalAddress. */
  readonly isLocal?: (address: string) => boolean
  /** The delays before each further attempt, in milliseconds. */
  readonly retryDelays?: readonly number[]
}

const MAX_REDIRECTS = 10

const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * GET over https (and http if that is allowed): up to 10 redirects (D5), never from https to http;
 * proxies from the environment; credentials only by configuration (D8). Bun's HTTP modules are
 * loaded with the first request.
 */
export class HttpClient {
  readonly options: HttpOptions
  readonly #connectionOwner: HttpClient | undefined
  #transport: Promise<Transport> | undefined

  /** @param connectionOwner the client whose connections are used; default: its own */
  constructor(options: HttpOptions, connectionOwner?: HttpClient) {
    this.options = options
    this.#connectionOwner = connectionOwner
  }

  /**
   * A client with the same connections for URLs from image authors: their host may not be this host
   * or an address.
   */
  forImageNames(): HttpClient {
    return new HttpClient({ ...this.options, chosenByImage: true }, this)
  }

  /**
   * Requests `url`. `headers` are also sent after redirects, so they must contain no credentials.
   * Errors: INSECURE_URL (http without permission, a URL with a password, a redirect from https to
   * http or to another scheme), DOWNLOAD_FAILED (no connection, bad certificate, timeout, redirect
   * loop).
   */
  async get(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<HttpResponse> {
    const { config, insecure, chosenByImage = false } = this.options
    checkAddress(url, insecure, chosenByImage)
    const transport = await this.#openTransport()
    const visited = new Set<string>()
    let target = url
    let isSameOrigin = true
    for (;;) {
      visited.add(target.href)
      // a redirect must neither forward our credentials to another server nor use those of another
      // server
      isSameOrigin &&= target.origin === url.origin
      const authorization = isSameOrigin ? config.authorization(target) : undefined
      const requestHeaders = { ...headers, ...(authorization !== undefined && { authorization }) }
      const response = await transport.get(target, requestHeaders, chosenByImage)
      const status = response.statusCode ?? 0
      if (!REDIRECTS.includes(status)) return { url: target, status, headers: response.headers, body: response }
      response.destroy()
      target = redirectTarget(target, response.headers.location, insecure, chosenByImage)
      if (visited.has(target.href)) throw redirectError(url, `redirects in a circle, by ${displayURL(target)}`)
      if (visited.size > MAX_REDIRECTS) throw redirectError(url, `more than ${MAX_REDIRECTS} redirects`)
    }
  }

  /**
   * Like {@link get}, but reads the body as UTF-8 and repeats a request that failed temporarily.
   * Errors: DOWNLOAD_LIMIT where the body is longer than `maxBytes`, DOWNLOAD_FAILED where every
   * attempt fails (also with a temporary error status); those of {@link get}.
   */
  async text(
    url: URL,
    maxBytes: number,
  ): Promise<{ url: URL; status: number; headers: IncomingHttpHeaders; text: string }> {
    const { bytes, ...rest } = await this.bytes(url, maxBytes)
    return { ...rest, text: bytes.toString('utf8') }
  }

  /** Like {@link text}, but returns bytes. */
  async bytes(
    url: URL,
    maxBytes: number,
  ): Promise<{ url: URL; status: number; headers: IncomingHttpHeaders; bytes: Buffer }> {
    return await retry(this.options, async () => {
      const response = await this.get(url)
      const { status, headers } = response
      const failure = statusError(response.url, status, headers)
      if (failure.transient) {
        response.body.destroy()
        throw failure
      }
      return { url: response.url, status, headers, bytes: await readBody(response, maxBytes) }
    })
  }

  /** Closes idle and used connections. */
  close(): void {
    this.#transport?.then(
      (transport) => transport.close(),
      () => undefined,
    )
    this.#transport = undefined
  }

  #openTransport(): Promise<Transport> {
    return this.#connectionOwner === undefined
      ? (this.#transport ??= this.#load())
      : this.#connectionOwner.#openTransport()
  }

  async #load(): Promise<Transport> {
    // requests need few of the pages of the runtime's file that the start used
    native.giveBack()
    const { Transport } = await import('./transport.js')
    const { timeouts, insecure, isLocal } = this.options
    return new Transport({ ...TIMEOUTS, ...timeouts }, !insecure.tls, isLocal)
  }
}

const redirectError = (url: URL, problem: string): TransferError =>
  new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${problem}`)
