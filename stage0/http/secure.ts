import { Agent, type AgentOptions, request } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { checkServerIdentity } from './server-identity.js'

/** What https takes beyond http: loaded with the first https URL, because TLS is most of what HTTP costs. */
export interface Secure {
  /** Connections made directly, or by a proxy that the options name. */
  readonly agent: (options: AgentOptions) => Agent
  readonly request: typeof request
}

export const openSecure = (checksCertificates: boolean): Secure => ({
  agent: (options) =>
    tellingProxies(new Agent({ ...options, rejectUnauthorized: checksCertificates, checkServerIdentity })),
  request,
})

const ofProxies = new WeakSet<object>()

/** Tells whether an error of a request over https is of the connection to its proxy, not of the one that the proxy made. */
export const isOfProxy = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && ofProxies.has(error)

/** Bun hands on which connection an error is of, but to none but its own callback. */
function tellingProxies(agent: Agent): Agent {
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const connection = create(options, (error, made) => {
      if (error !== null && made === connection) ofProxies.add(error)
      callback?.(error, made)
    })
    return connection
  }
  return agent
}

/** Adds the host's own certificate authorities to Bun's. */
export const trustHostAuthorities = (): void =>
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])])
