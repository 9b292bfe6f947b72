import { Agent as PlainAgent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import type { OnReadOpts, Socket } from 'node:net'
import { VERSION } from '../version.js'
import { codeOf, failureOf, timeoutError, UNKNOWN_ISSUERS } from './failure.js'
import { guardBody } from './guard-body.js'
import type { Secure } from './secure.js'
import type { Timeouts } from './timeouts.js'

type Headers = Readonly<Record<string, string>>

type Start = (url: URL, headers: Headers) => ClientRequest

/**
 * What connections receive goes into one buffer: the parser copies what it passes on. Node itself would take a new piece of memory for
 * every few reads, and the garbage collector lets many megabytes of them gather.
 */
const RECEIVING: OnReadOpts = {
  buffer: Buffer.allocUnsafeSlow(1 << 16),
  callback(this: Socket, length: number, bytes: Uint8Array) {
    return this.emit('data', bytes.subarray(0, length))
  },
}

const CONNECTIONS = { keepAlive: true, proxyEnv: process.env, onread: RECEIVING }

/** What is on the wire is what is wanted: no encoding of the transport's. */
const OWN: Headers = { 'user-agent': `appc/${VERSION}`, accept: '*/*', 'accept-encoding': 'identity' }

/** One request, one answer, over kept connections; proxies as the environment names them. */
export class Transport {
  readonly #plain: PlainAgent
  #secure: Promise<Secure> | undefined
  readonly #timeouts: Timeouts
  readonly #checksCertificates: boolean
  #knowsHostAuthorities = false

  constructor(timeouts: Timeouts, checksCertificates: boolean) {
    this.#timeouts = timeouts
    this.#checksCertificates = checksCertificates
    this.#plain = new PlainAgent(CONNECTIONS)
  }

  /** Gives the answer once its header is there. Errors: DOWNLOAD_FAILED, DOWNLOAD_LIMIT. */
  async get(url: URL, headers: Headers): Promise<IncomingMessage> {
    try {
      return await this.#once(url, headers)
    } catch (error) {
      if (!this.#checksCertificates || this.#knowsHostAuthorities || !UNKNOWN_ISSUERS.includes(codeOf(error)))
        throw failureOf(url, error)
    }
    // reading the host's own authorities takes a tenth of a second, and few servers need one of them
    this.#knowsHostAuthorities = true
    const { trustHostAuthorities } = await import('./secure.js')
    trustHostAuthorities()
    try {
      return await this.#once(url, headers)
    } catch (error) {
      throw failureOf(url, error)
    }
  }

  close(): void {
    this.#plain.destroy()
    // one that could not be made was told to who asked for it
    this.#secure?.then(({ agent }) => agent.destroy()).catch(() => undefined)
  }

  async #once(url: URL, headers: Headers): Promise<IncomingMessage> {
    const start = url.protocol === 'https:' ? await this.#securely() : this.#plainly()
    return await new Promise((resolve, reject) => {
      const request = start(url, headers)
      const late = (milliseconds: number, what: string): NodeJS.Timeout =>
        setTimeout(() => request.destroy(timeoutError(url, `${what} after ${milliseconds / 1000} s`)), milliseconds)
      let timer = late(this.#timeouts.connect, 'no connection')
      request.once('finish', () => {
        clearTimeout(timer)
        timer = late(this.#timeouts.header, 'no answer')
      })
      request.once('close', () => clearTimeout(timer))
      request.once('response', (response) => {
        clearTimeout(timer)
        guardBody(url, response, this.#timeouts.idle)
        // what goes wrong from now on concerns who reads the body
        request.on('error', (error) => response.destroy(error))
        resolve(response)
      })
      request.once('error', reject)
    })
  }

  #plainly(): Start {
    return (url, headers) => plainRequest(url, { headers: { ...OWN, ...headers }, agent: this.#plain }).end()
  }

  async #securely(): Promise<Start> {
    const open = async () => (await import('./secure.js')).openSecure(CONNECTIONS, this.#checksCertificates)
    const { agent, request } = await (this.#secure ??= open())
    return (url, headers) => request(url, { headers: { ...OWN, ...headers }, agent }).end()
  }
}
