import { loadOpenPGP, type OpenPGP } from './openpgp.js'

/** Why a key is too weak (`is too weak: 1024-bit RSA`) or is not supported; null for a good one. */
export async function weaknessOf(packet: OpenPGP.AnyKeyPacket): Promise<string | null> {
  const algorithm = await weakAlgorithmOf(packet)
  if (algorithm !== null) return `is too weak: ${algorithm}`
  const { curve = '' } = packet.getAlgorithmInfo()
  // openpgp supports these curves only with a package that is no longer maintained
  return curve.startsWith('brainpool') ? `is of a kind that is not supported: ${curve}` : null
}

async function weakAlgorithmOf(packet: OpenPGP.AnyKeyPacket): Promise<string | null> {
  const { config, enums } = await loadOpenPGP()
  const { algorithm, bits, curve } = packet.getAlgorithmInfo()
  if (config.rejectPublicKeyAlgorithms.has(enums.publicKey[algorithm])) return algorithm.toUpperCase()
  if (algorithm.startsWith('rsa') && bits !== undefined && bits < config.minRSABits) return `${bits}-bit RSA`
  return curve !== undefined && config.rejectCurves.has(curve as never) ? `the curve ${curve}` : null
}

/** Minimum digest length in bits for each NIST curve (FIPS 186-5, 6.1.1). */
const DIGEST_BITS: Readonly<Record<string, number>> = { nistP256: 256, nistP384: 384, nistP521: 512 }

/** Minimum digest length in bits for signatures by this key. */
export const digestBitsFor = (packet: OpenPGP.AnyKeyPacket): number =>
  DIGEST_BITS[packet.getAlgorithmInfo().curve ?? ''] ?? 0
