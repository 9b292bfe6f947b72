import { Agent as PlainAgent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { VERSION } from '../version.js'
import { codeOf, failureOf, timeoutError, UNKNOWN_ISSUERS } from './failure.js'
import { guardBody } from './guard-body.js'
import type { Timeouts } from './timeouts.js'

type Headers = Readonly<Record<string, string>>

/** One request, one answer, over kept connections; proxies as the environment names them. */
export class Transport {
  readonly #plain: PlainAgent
  readonly #secure: SecureAgent
  readonly #timeouts: Timeouts
  readonly #checksCertificates: boolean
  #knowsHostAuthorities = false

  constructor(timeouts: Timeouts, checksCertificates: boolean) {
    this.#timeouts = timeouts
    this.#checksCertificates = checksCertificates
    const options = { keepAlive: true, proxyEnv: process.env }
    this.#plain = new PlainAgent(options)
    this.#secure = new SecureAgent({ ...options, rejectUnauthorized: checksCertificates })
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
    setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])])
    try {
      return await this.#once(url, headers)
    } catch (error) {
      throw failureOf(url, error)
    }
  }

  close(): void {
    this.#plain.destroy()
    this.#secure.destroy()
  }

  #once(url: URL, headers: Headers): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#start(url, headers)
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

  #start(url: URL, headers: Headers): ClientRequest {
    // what is on the wire is what is wanted: no encoding of the transport's
    const own = { 'user-agent': `appc/${VERSION}`, accept: '*/*', 'accept-encoding': 'identity' }
    const options = { headers: { ...own, ...headers } }
    const request =
      url.protocol === 'https:'
        ? secureRequest(url, { ...options, agent: this.#secure })
        : plainRequest(url, { ...options, agent: this.#plain })
    request.end()
    return request
  }
}
