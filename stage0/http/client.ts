import type { IncomingHttpHeaders } from 'node:http'
import { native } from '#native'
import type { Config } from '../config/config.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import { checkAddress, redirectTarget } from './address.js'
import { displayURL } from './display-url.js'
import { TransferError } from './failure.js'
import { persist } from './persist.js'
import { readWhole } from './read-whole.js'
import type { HttpResponse } from './response.js'
import { statusError } from './status.js'
import { type Timeouts, TIMEOUTS } from './timeouts.js'
import type { Transport } from './transport.js'

export interface HttpOptions {
  readonly config: Pick<Config, 'authorization'>
  readonly insecure: InsecureOptions
  readonly timeouts?: Partial<Timeouts>
  /** The URLs are those of image authors; see {@link HttpClient.forImageNames}. */
  readonly chosenByImage?: boolean
  /** Forbidden addresses for names that an image chose, beside those of this host. */
  readonly isLocal?: (address: string) => boolean
  /** How long it is waited before each further try, milliseconds. */
  readonly retryDelays?: readonly number[]
}

const MAX_REDIRECTS = 10

const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * GET over https (and http where that is allowed): up to 10 redirects (D5), never from https to http; proxies by environment;
 * credentials only where the configuration says so (D8). Nothing of Bun's HTTP is loaded before the first request.
 */
export class HttpClient {
  readonly options: HttpOptions
  readonly #connects: HttpClient | undefined
  #transport: Promise<Transport> | undefined

  /** @param connects whose connections are used; its own by itself */
  constructor(options: HttpOptions, connects?: HttpClient) {
    this.options = options
    this.#connects = connects
  }

  /** The same client, over the same connections, for URLs to which an image led: none may be of this host or of an address. */
  forImageNames(): HttpClient {
    return new HttpClient({ ...this.options, chosenByImage: true }, this)
  }

  /**
   * Asks for `url`; `headers` go along every redirect, so they must hold no credentials. Errors: INSECURE_URL (http without leave, a URL with a password in it, a redirect from https to http or to
   * another scheme), DOWNLOAD_FAILED (no connection, bad certificate, time out, redirect loop).
   */
  async get(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<HttpResponse> {
    const { config, insecure, chosenByImage = false } = this.options
    checkAddress(url, insecure, chosenByImage)
    const transport = await this.#connected()
    const visited = new Set<string>()
    let target = url
    let atHome = true
    for (;;) {
      visited.add(target.href)
      // a server must not be able to send our credentials on to another, nor to fetch those of another
      atHome &&= target.origin === url.origin
      const authorization = atHome ? config.authorization(target) : undefined
      const asked = { ...headers, ...(authorization !== undefined && { authorization }) }
      const response = await transport.get(target, asked, chosenByImage)
      const status = response.statusCode ?? 0
      if (!REDIRECTS.includes(status)) return { url: target, status, headers: response.headers, body: response }
      response.destroy()
      target = redirectTarget(target, response.headers.location, insecure, chosenByImage)
      if (visited.has(target.href)) throw tooFar(url, `redirects in a circle, by ${displayURL(target)}`)
      if (visited.size > MAX_REDIRECTS) throw tooFar(url, `more than ${MAX_REDIRECTS} redirects`)
    }
  }

  /**
   * The same, the body read as UTF-8, and asked for again where that may help. Errors: those of {@link get}; DOWNLOAD_LIMIT when the body is longer than `maxBytes`;
   * DOWNLOAD_FAILED where the server has trouble each time (a status that may pass).
   */
  async text(
    url: URL,
    maxBytes: number,
  ): Promise<{ url: URL; status: number; headers: IncomingHttpHeaders; text: string }> {
    const { bytes, ...rest } = await this.bytes(url, maxBytes)
    return { ...rest, text: bytes.toString('utf8') }
  }

  /** The same as {@link text}, bytes. */
  async bytes(
    url: URL,
    maxBytes: number,
  ): Promise<{ url: URL; status: number; headers: IncomingHttpHeaders; bytes: Buffer }> {
    return await persist(this.options, async () => {
      const response = await this.get(url)
      const { status, headers } = response
      const trouble = statusError(response.url, status, headers)
      if (trouble.transient) {
        response.body.destroy()
        throw trouble
      }
      return { url: response.url, status, headers, bytes: await readWhole(response, maxBytes) }
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

  #connected(): Promise<Transport> {
    return this.#connects === undefined ? (this.#transport ??= this.#load()) : this.#connects.#connected()
  }

  async #load(): Promise<Transport> {
    // most of what starting used of the runtime's file is not what requests use
    native.giveBack()
    const { Transport } = await import('./transport.js')
    const { timeouts, insecure, isLocal } = this.options
    return new Transport({ ...TIMEOUTS, ...timeouts }, !insecure.tls, isLocal)
  }
}

const tooFar = (url: URL, what: string): TransferError =>
  new TransferError('DOWNLOAD_FAILED', `${displayURL(url)}: ${what}`)
