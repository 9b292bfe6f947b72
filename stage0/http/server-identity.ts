import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type PeerChain, weaknessOf } from './certificate-strength.js'

/** Only whole labels may stand for others (RFC 9525, 6.3), and no name but those of subjectAltName counts. */
const STRICT = { subject: 'never', partialWildcards: false, multiLabelWildcards: false } as const

/** The name in a certificate that stands for a host. */
function namedBy(certificate: X509Certificate, host: string): string | undefined {
  const found = certificate.checkHost(host, STRICT)
  const [label = '', ...rest] = host.split('.')
  if (found !== undefined || !/^[\w-]*_[\w-]*$/.test(label)) return found
  // to OpenSSL a star stands for letters, digits and hyphens, but hosts with underscores are about
  const other = certificate.checkHost(['x', ...rest].join('.'), STRICT)
  return other?.startsWith('*') === true ? other : undefined
}

/**
 * Refuses a certificate that is not of the host that was asked for, or that is weak. Bun itself takes `f*.example.com` and names without
 * subjectAltName.
 */
export function checkServerIdentity(host: string, chain: PeerChain): Error | undefined {
  const weakness = weaknessOf(chain)
  if (weakness !== undefined) return Object.assign(new Error('a certificate that is too weak'), { code: weakness })
  const certificate = new X509Certificate(chain.raw)
  const name = host.replace(/\.$/, '')
  const found = isIP(name) === 0 ? namedBy(certificate, name) : certificate.checkIP(name)
  if (found !== undefined) return undefined
  return Object.assign(new Error(`not a certificate of ${name}: ${certificate.subjectAltName ?? 'it names no host'}`), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
}
