import { Agent, type AgentOptions, request } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { checkServerIdentity } from './server-identity.js'

/**
 * The parts for https, loaded with the first https URL, because TLS is the largest part of the HTTP
 * modules.
 */
export interface SecureTransport {
  /** Makes an agent for direct connections, or for those through the proxy in the options. */
  readonly agent: (options: AgentOptions) => Agent
  readonly request: typeof request
}

export const openSecureTransport = (checksCertificates: boolean): SecureTransport => ({
  agent: (options) =>
    recordProxyErrors(new Agent({ ...options, rejectUnauthorized: checksCertificates, checkServerIdentity })),
  request,
})

const proxyErrors = new WeakSet<object>()

/**
 * Whether an error of an https request comes from the connection to the proxy, not from the tunnel
 * through it.
 */
export const isProxyError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && proxyErrors.has(error)

/**
 * Records which errors come from a proxy: only the callback of createConnection gets the failed
 * connection.
 */
function recordProxyErrors(agent: Agent): Agent {
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const connection = create(options, (error, made) => {
      if (error !== null && made === connection) proxyErrors.add(error)
      callback?.(error, made)
    })
    return connection
  }
  return agent
}

/** Adds the host's own certificate authorities to Bun's. */
export const trustHostAuthorities = (): void =>
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])])
