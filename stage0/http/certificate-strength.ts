import { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'

/** A certificate as Bun shows it, and above it those that it was found good by. */
export interface PeerChain extends Pick<PeerCertificate, 'raw'> {
  readonly issuerCertificate?: PeerChain
}

/** As OpenSSL at its second level of security, Debian's: what takes fewer than 2^112 steps to break is refused. */
const LEAST_BITS: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, dsa: 2048 }

const WEAK_DIGEST = /md[245]|sha-?1(?!\d)/i

/**
 * What is too weak in the chain of a server's certificate, which itself was found good: `WEAK_KEY` or `WEAK_DIGEST`; undefined where
 * nothing is. BoringSSL, which Bun has, leaves that to its caller. A root's own signature proves nothing, so its digest does not count.
 */
export function weaknessOf(chain: PeerChain): 'WEAK_KEY' | 'WEAK_DIGEST' | undefined {
  const seen = new Set<string>()
  for (let at: PeerChain | undefined = chain; at !== undefined; at = at.issuerCertificate) {
    const one = new X509Certificate(at.raw)
    if (seen.has(one.fingerprint256)) return undefined
    seen.add(one.fingerprint256)
    const { asymmetricKeyType = '', asymmetricKeyDetails: { modulusLength = Infinity } = {} } = one.publicKey
    if (modulusLength < (LEAST_BITS[asymmetricKeyType] ?? 0)) return 'WEAK_KEY'
    const isRoot = one.issuer === one.subject
    if (!isRoot && WEAK_DIGEST.test(one.signatureAlgorithm ?? '')) return 'WEAK_DIGEST'
  }
  return undefined
}
