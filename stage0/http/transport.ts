import {
  Agent as PlainAgent,
  type AgentOptions,
  type ClientRequest,
  type IncomingMessage,
  request as plainRequest,
} from 'node:http'
import type { LookupFunction } from 'node:net'
import { VERSION } from '../version.js'
import { isPackedTransfer } from './coding.js'
import {
  brokenOff,
  codeOf,
  failureOf,
  otherAnswer,
  PROXY_UNAUTHORIZED,
  proxyRefusal,
  timeoutError,
  UNKNOWN_ISSUERS,
} from './failure.js'
import { guardBody } from './guard-body.js'
import { type Proxy, proxyFor } from './proxy.js'
import type { Secure } from './secure.js'
import type { Timeouts } from './timeouts.js'

type Headers = Readonly<Record<string, string>>

/** What a request goes through to its server. */
interface Way {
  readonly proxy: Proxy | undefined
  /** Looks up the name of a server to which an image led. A proxy looks names up itself. */
  readonly lookup: LookupFunction | undefined
}

type Start = (url: URL, headers: Headers) => ClientRequest

const CONNECTIONS = { keepAlive: true }

/** A header with signed URLs or cookies may be longer than the usual 16 KiB. */
const ANSWERS = { maxHeaderSize: 1 << 16 }

/** What is on the wire is what is wanted: no encoding of the transport's. */
const OWN: Headers = { 'user-agent': `appc/${VERSION}`, accept: '*/*', 'accept-encoding': 'identity' }

/** One request, one answer, over kept connections; proxies as the environment names them. */
export class Transport {
  /** By what they go through, and to what: agents keep connections. */
  readonly #agents = new Map<string, PlainAgent>()
  #secure: Promise<Secure> | undefined
  readonly #timeouts: Timeouts
  readonly #checksCertificates: boolean
  #knowsHostAuthorities = false
  readonly #isLocal: ((address: string) => boolean) | undefined

  /** @param isLocal addresses where no image may send to */
  constructor(timeouts: Timeouts, checksCertificates: boolean, isLocal?: (address: string) => boolean) {
    this.#isLocal = isLocal
    this.#timeouts = timeouts
    this.#checksCertificates = checksCertificates
  }

  /** Gives the answer once its header is there. Errors: DOWNLOAD_FAILED, DOWNLOAD_LIMIT. */
  async get(url: URL, headers: Headers, chosenByImage: boolean): Promise<IncomingMessage> {
    const proxy = proxyFor(url, process.env)
    const lookup = chosenByImage && proxy === undefined ? await this.#publicLookup() : undefined
    const way = { proxy, lookup }
    try {
      return await this.#once(url, headers, way)
    } catch (error) {
      const unknownIssuer = UNKNOWN_ISSUERS.includes(codeOf(error))
      // a proxy's certificate counts, whatever is asked of the server's
      if (!unknownIssuer || this.#knowsHostAuthorities || !(this.#checksCertificates || proxy !== undefined))
        throw await this.#failure(url, error, proxy)
    }
    // reading the host's own authorities takes a tenth of a second, and few servers need one of them
    this.#knowsHostAuthorities = true
    const { trustHostAuthorities } = await import('./secure.js')
    trustHostAuthorities()
    try {
      return await this.#once(url, headers, way)
    } catch (error) {
      throw await this.#failure(url, error, proxy)
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
  }

  async #once(url: URL, headers: Headers, way: Way): Promise<IncomingMessage> {
    const start = url.protocol === 'https:' ? await this.#securely(way) : this.#plainly(way)
    const { proxy } = way
    const through = proxy === undefined ? '' : ` through proxy ${proxy.name}`
    return await new Promise((resolve, reject) => {
      const request = start(url, headers)
      const late = (milliseconds: number, what: string): NodeJS.Timeout =>
        setTimeout(() => request.destroy(timeoutError(url, `${what} after ${milliseconds / 1000} s`)), milliseconds)
      let timer = late(this.#timeouts.connect, `no connection${through}`)
      request.once('finish', () => {
        clearTimeout(timer)
        timer = late(this.#timeouts.header, `no answer${through}`)
      })
      const fail = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
      }
      request.once('close', () => fail(brokenOff()))
      request.once('upgrade', (_response, socket) => {
        socket.destroy()
        fail(otherAnswer(url, 'the server switches to another protocol (status 101)'))
      })
      request.once('response', (response) => {
        clearTimeout(timer)
        if (proxy !== undefined && response.statusCode === PROXY_UNAUTHORIZED) {
          response.destroy()
          fail(proxyRefusal(url, proxy.name))
          return
        }
        if (isPackedTransfer(response.headers)) {
          response.destroy()
          fail(otherAnswer(url, 'the body is packed on its way (Transfer-Encoding)'))
          return
        }
        guardBody(url, response, this.#timeouts.idle)
        // Bun forgets the error of a body at which nobody listens yet
        response.on('error', () => undefined)
        // what goes wrong from now on concerns who reads the body, unless all of it is here: what follows is of nobody's
        request.on('error', (error) => {
          if (!response.complete) response.destroy(error)
        })
        resolve(response)
      })
      request.once('error', fail)
    })
  }

  /** Over http there is one connection, the proxy's; over https, the one that it made, too. */
  async #failure(url: URL, error: unknown, proxy: Proxy | undefined): Promise<Error> {
    const ofProxy = url.protocol === 'http:' || (await import('./secure.js')).isOfProxy(error)
    return failureOf(url, error, ofProxy ? proxy?.name : undefined)
  }

  async #publicLookup(): Promise<LookupFunction> {
    const { isLocalAddress, publicLookup } = await import('./public-lookup.js')
    return publicLookup(this.#isLocal ?? isLocalAddress)
  }

  #plainly(way: Way): Start {
    const agent = this.#agent('http', way, (options) => new PlainAgent(options))
    return (url, headers) => plainRequest(url, { ...ANSWERS, headers: { ...OWN, ...headers }, agent }).end()
  }

  async #securely(way: Way): Promise<Start> {
    const open = async () => (await import('./secure.js')).openSecure(this.#checksCertificates)
    const { agent: make, request } = await (this.#secure ??= open())
    const agent = this.#agent('https', way, make)
    return (url, headers) => request(url, { ...ANSWERS, headers: { ...OWN, ...headers }, agent }).end()
  }

  #agent(scheme: 'http' | 'https', { proxy, lookup }: Way, make: (options: AgentOptions) => PlainAgent): PlainAgent {
    const key = `${scheme} ${proxy?.href ?? (lookup === undefined ? '' : 'chosenByImage')}`
    const known = this.#agents.get(key)
    if (known !== undefined) return known
    const agent = make({
      ...CONNECTIONS,
      ...(proxy !== undefined && { proxyEnv: { [`${scheme}_proxy`]: proxy.href } }),
      ...(lookup !== undefined && { lookup }),
    })
    this.#agents.set(key, agent)
    return agent
  }
}
