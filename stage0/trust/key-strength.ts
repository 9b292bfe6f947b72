import { loadOpenPGP, type OpenPGP } from './openpgp.js'

/** Why nobody should rely on a key any more (`is too weak: 1024-bit RSA`), or appc cannot; null for good ones. */
export async function weaknessOf(packet: OpenPGP.AnyKeyPacket): Promise<string | null> {
  const weak = await tooWeak(packet)
  if (weak !== null) return `is too weak: ${weak}`
  const { curve = '' } = packet.getAlgorithmInfo()
  // openpgp checks them only with a package that nobody keeps any more
  return curve.startsWith('brainpool') ? `is of a kind that is not supported: ${curve}` : null
}

async function tooWeak(packet: OpenPGP.AnyKeyPacket): Promise<string | null> {
  const { config, enums } = await loadOpenPGP()
  const { algorithm, bits, curve } = packet.getAlgorithmInfo()
  if (config.rejectPublicKeyAlgorithms.has(enums.publicKey[algorithm])) return algorithm.toUpperCase()
  if (algorithm.startsWith('rsa') && bits !== undefined && bits < config.minRSABits) return `${bits}-bit RSA`
  return curve !== undefined && config.rejectCurves.has(curve as never) ? `the curve ${curve}` : null
}

/** The shortest digests, in bits, that go with the curves of NIST (FIPS 186-5, 6.1.1). */
const DIGEST_BITS: Readonly<Record<string, number>> = { nistP256: 256, nistP384: 384, nistP521: 512 }

/** The shortest digest a signature by this key may be made of, in bits. */
export const digestBitsFor = (packet: OpenPGP.AnyKeyPacket): number =>
  DIGEST_BITS[packet.getAlgorithmInfo().curve ?? ''] ?? 0
