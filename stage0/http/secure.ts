import { Agent, type AgentOptions, request } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/** What https takes beyond http: loaded with the first https URL, because TLS is most of what Node's HTTP costs. */
export interface Secure {
  readonly agent: Agent
  readonly request: typeof request
}

export const openSecure = (options: AgentOptions, checksCertificates: boolean): Secure => ({
  agent: new Agent({ ...options, rejectUnauthorized: checksCertificates }),
  request,
})

/** Adds the host's own certificate authorities to Node's. */
export const trustHostAuthorities = (): void =>
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])])
