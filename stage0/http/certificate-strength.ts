import { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'

/** A certificate from Bun, and the chain of issuers that verified it. */
export interface PeerChain extends Pick<PeerCertificate, 'raw'> {
  readonly issuerCertificate?: PeerChain
}

/**
 * Minimum key lengths of OpenSSL's security level 2, Debian's default: at least 112 bits of
 * security.
 */
const MIN_KEY_BITS: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, dsa: 2048 }

const WEAK_DIGEST = /md[245]|sha-?1(?!\d)/i

/**
 * The weakness in the chain of a server's certificate, which was verified already: `WEAK_KEY` or
 * `WEAK_DIGEST`; undefined if there is none. Bun's BoringSSL leaves this check to its caller. The
 * digest of a root certificate is not checked, because its self-signature proves nothing.
 */
export function weaknessOf(chain: PeerChain): 'WEAK_KEY' | 'WEAK_DIGEST' | undefined {
  const seen = new Set<string>()
  for (let link: PeerChain | undefined = chain; link !== undefined; link = link.issuerCertificate) {
    const certificate = new X509Certificate(link.raw)
    if (seen.has(certificate.fingerprint256)) return undefined
    seen.add(certificate.fingerprint256)
    const { asymmetricKeyType = '', asymmetricKeyDetails: { modulusLength = Infinity } = {} } = certificate.publicKey
    if (modulusLength < (MIN_KEY_BITS[asymmetricKeyType] ?? 0)) return 'WEAK_KEY'
    const isRoot = certificate.issuer === certificate.subject
    if (!isRoot && WEAK_DIGEST.test(certificate.signatureAlgorithm ?? '')) return 'WEAK_DIGEST'
  }
  return undefined
}
