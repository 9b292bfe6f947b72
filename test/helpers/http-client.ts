import type { TestContext } from 'node:test'
import { type InsecureOptions, SECURE } from '../../stage0/config/insecure-options.js'
import { HttpClient, type HttpOptions } from '../../stage0/http/client.js'
import { WebServer, type WebServerOptions } from './web-server.js'

export interface ClientOptions extends Partial<Pick<InsecureOptions, 'http' | 'tls'>> {
  readonly authorization?: (url: URL) => string | undefined
  readonly timeouts?: HttpOptions['timeouts']
  readonly retryDelays?: readonly number[]
}

/** A client for one test, which retries without waiting; plain http is allowed by default. */
export function clientFor(t: TestContext, options: ClientOptions = {}): HttpClient {
  const { http = true, tls = false, authorization = () => undefined, timeouts = {}, retryDelays = [0, 0, 0] } = options
  const insecure = { ...SECURE, http, tls }
  const client = new HttpClient({ config: { authorization }, insecure, timeouts, retryDelays })
  t.after(() => client.close())
  return client
}

/** A server for one test. */
export async function serverFor(t: TestContext, options: WebServerOptions = {}): Promise<WebServer> {
  const server = await WebServer.start(options)
  t.after(() => server.close())
  return server
}

const VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()])

/** Sets the variables of proxies for one test; the others are unset. */
export function setProxies(t: TestContext, variables: Readonly<Record<string, string>> = {}): void {
  const before = { ...process.env }
  for (const name of VARIABLES) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, variables)
  t.after(() => {
    for (const name of VARIABLES) Reflect.deleteProperty(process.env, name)
    for (const name of VARIABLES) if (before[name] !== undefined) process.env[name] = before[name]
  })
}
