import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type PeerChain, weaknessOf } from './certificate-strength.js'

/** Wildcards match only whole labels (RFC 9525, 6.3), and only names in subjectAltName are used. */
const STRICT = { subject: 'never', partialWildcards: false, multiLabelWildcards: false } as const

/** The name in a certificate that matches a host; undefined if none does. */
function matchingName(certificate: X509Certificate, host: string): string | undefined {
  const found = certificate.checkHost(host, STRICT)
  const [label = '', ...rest] = host.split('.')
  if (found !== undefined || !/^[\w-]*_[\w-]*$/.test(label)) return found
  // OpenSSL's wildcards match letters, digits and hyphens only, but there are hosts with
  // underscores
  const wildcard = certificate.checkHost(['x', ...rest].join('.'), STRICT)
  return wildcard?.startsWith('*') === true ? wildcard : undefined
}

/**
 * Refuses a certificate that does not match the requested host or is weak. Bun's own check would
 * accept `f*.example.com` and names outside subjectAltName.
 */
export function checkServerIdentity(host: string, chain: PeerChain): Error | undefined {
  const weakness = weaknessOf(chain)
  if (weakness !== undefined) return Object.assign(new Error('a certificate that is too weak'), { code: weakness })
  const certificate = new X509Certificate(chain.raw)
  const name = host.replace(/\.$/, '')
  const found = isIP(name) === 0 ? matchingName(certificate, name) : certificate.checkIP(name)
  if (found !== undefined) return undefined
  return Object.assign(new Error(`not a certificate of ${name}: ${certificate.subjectAltName ?? 'it names no host'}`), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
}
