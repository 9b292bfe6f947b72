import {
  Agent as PlainAgent,
  type AgentOptions,
  type ClientRequest,
  type IncomingMessage,
  request as plainRequest,
} from 'node:http'
import type { LookupFunction } from 'node:net'
import { VERSION } from '../version.js'
import { hasTransferCoding } from './coding.js'
import {
  connectionClosedError,
  codeOf,
  failureOf,
  unexpectedResponseError,
  PROXY_UNAUTHORIZED,
  proxyCredentialsError,
  timeoutError,
  UNKNOWN_ISSUERS,
} from './failure.js'
import { guardBody } from './guard-body.js'
import { type Proxy, proxyFor } from './proxy.js'
import type { SecureTransport } from './secure.js'
import type { Timeouts } from './timeouts.js'

type Headers = Readonly<Record<string, string>>

/** The way of a request to its server. */
interface Route {
  readonly proxy: Proxy | undefined
  /** The lookup for servers from image authors. A proxy looks up names itself. */
  readonly lookup: LookupFunction | undefined
}

type Start = (url: URL, headers: Headers) => ClientRequest

const AGENT_OPTIONS = { keepAlive: true }

/** Response headers may be longer than the default 16 KiB, because of signed URLs or cookies. */
const RESPONSE_OPTIONS = { maxHeaderSize: 1 << 16 }

/** The headers of every request; they request the file's own bytes, without a content coding. */
const DEFAULT_HEADERS: Headers = { 'user-agent': `appc/${VERSION}`, accept: '*/*', 'accept-encoding': 'identity' }

/** Sends requests over kept connections, through the proxies of the environment. */
export class Transport {
  /** The agents, which keep connections, by scheme and route. */
  readonly #agents = new Map<string, PlainAgent>()
  #secure: Promise<SecureTransport> | undefined
  readonly #timeouts: Timeouts
  readonly #checksCertificates: boolean
  #knowsHostAuthorities = false
  readonly #isLocal: ((address: string) => boolean) | undefined

  /** @param isLocal whether an address is forbidden for servers from image authors */
  constructor(timeouts: Timeouts, checksCertificates: boolean, isLocal?: (address: string) => boolean) {
    this.#isLocal = isLocal
    this.#timeouts = timeouts
    this.#checksCertificates = checksCertificates
  }

  /** Returns the response when its header is complete. Errors: DOWNLOAD_FAILED, DOWNLOAD_LIMIT. */
  async get(url: URL, headers: Headers, chosenByImage: boolean): Promise<IncomingMessage> {
    const proxy = proxyFor(url, process.env)
    const lookup = chosenByImage && proxy === undefined ? await this.#publicLookup() : undefined
    const route = { proxy, lookup }
    try {
      return await this.#send(url, headers, route)
    } catch (error) {
      const unknownIssuer = UNKNOWN_ISSUERS.includes(codeOf(error))
      // a proxy's certificate is verified even if the server's is not
      if (!unknownIssuer || this.#knowsHostAuthorities || !(this.#checksCertificates || proxy !== undefined))
        throw await this.#failure(url, error, proxy)
    }
    // reading the host's own authorities takes 0.1 s, and few servers need them
    this.#knowsHostAuthorities = true
    const { trustHostAuthorities } = await import('./secure.js')
    trustHostAuthorities()
    try {
      return await this.#send(url, headers, route)
    } catch (error) {
      throw await this.#failure(url, error, proxy)
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
  }

  async #send(url: URL, headers: Headers, route: Route): Promise<IncomingMessage> {
    const start = url.protocol === 'https:' ? await this.#secureStart(route) : this.#plainStart(route)
    const { proxy } = route
    const proxyText = proxy === undefined ? '' : ` through proxy ${proxy.name}`
    return await new Promise((resolve, reject) => {
      const request = start(url, headers)
      const startTimer = (milliseconds: number, problem: string): NodeJS.Timeout =>
        setTimeout(() => request.destroy(timeoutError(url, `${problem} after ${milliseconds / 1000} s`)), milliseconds)
      let timer = startTimer(this.#timeouts.connect, `no connection${proxyText}`)
      request.once('finish', () => {
        clearTimeout(timer)
        timer = startTimer(this.#timeouts.header, `no answer${proxyText}`)
      })
      const fail = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
      }
      request.once('close', () => fail(connectionClosedError()))
      request.once('upgrade', (_response, socket) => {
        socket.destroy()
        fail(unexpectedResponseError(url, 'the server switches to another protocol (status 101)'))
      })
      request.once('response', (response) => {
        clearTimeout(timer)
        if (proxy !== undefined && response.statusCode === PROXY_UNAUTHORIZED) {
          response.destroy()
          fail(proxyCredentialsError(url, proxy.name))
          return
        }
        if (hasTransferCoding(response.headers)) {
          response.destroy()
          fail(unexpectedResponseError(url, 'the body is packed on its way (Transfer-Encoding)'))
          return
        }
        guardBody(url, response, this.#timeouts.idle)
        // Bun loses the error of a body that has no listener yet
        response.on('error', () => undefined)
        // later errors go to the reader of the body; after a complete body, they are ignored
        request.on('error', (error) => {
          if (!response.complete) response.destroy(error)
        })
        resolve(response)
      })
      request.once('error', fail)
    })
  }

  /**
   * With http, the only connection is that to the proxy; with https, there is also the tunnel
   * through it.
   */
  async #failure(url: URL, error: unknown, proxy: Proxy | undefined): Promise<Error> {
    const isProxyFailure = url.protocol === 'http:' || (await import('./secure.js')).isProxyError(error)
    return failureOf(url, error, isProxyFailure ? proxy?.name : undefined)
  }

  async #publicLookup(): Promise<LookupFunction> {
    const { isLocalAddress, publicLookup } = await import('./public-lookup.js')
    return publicLookup(this.#isLocal ?? isLocalAddress)
  }

  #plainStart(route: Route): Start {
    const agent = this.#agent('http', route, (options) => new PlainAgent(options))
    return (url, headers) =>
      plainRequest(url, { ...RESPONSE_OPTIONS, headers: { ...DEFAULT_HEADERS, ...headers }, agent }).end()
  }

  async #secureStart(route: Route): Promise<Start> {
    const open = async () => (await import('./secure.js')).openSecureTransport(this.#checksCertificates)
    const { agent: make, request } = await (this.#secure ??= open())
    const agent = this.#agent('https', route, make)
    return (url, headers) =>
      request(url, { ...RESPONSE_OPTIONS, headers: { ...DEFAULT_HEADERS, ...headers }, agent }).end()
  }

  #agent(scheme: 'http' | 'https', { proxy, lookup }: Route, make: (options: AgentOptions) => PlainAgent): PlainAgent {
    const key = `${scheme} ${proxy?.href ?? (lookup === undefined ? '' : 'chosenByImage')}`
    const existing = this.#agents.get(key)
    if (existing !== undefined) return existing
    const agent = make({
      ...AGENT_OPTIONS,
      ...(proxy !== undefined && { proxyEnv: { [`${scheme}_proxy`]: proxy.href } }),
      ...(lookup !== undefined && { lookup }),
    })
    this.#agents.set(key, agent)
    return agent
  }
}
