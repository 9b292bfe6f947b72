import { messageOf, RuntimeError } from '#schema/errors.js'
import { type Growth, native } from '#native'
import type { OpenPGP } from './openpgp.js'

/** The digest algorithms that an image's signature may use, by OpenPGP number. */
export const DIGESTS: ReadonlyMap<number, string> = new Map([
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
  [12, 'sha3-256'],
  [14, 'sha3-512'],
])

/** The length in bits of each of {@link DIGESTS}. */
export const DIGEST_BITS: ReadonlyMap<number, number> = new Map([
  [8, 256],
  [9, 384],
  [10, 512],
  [11, 224],
  [12, 256],
  [14, 512],
])

const NO_SALT = Buffer.alloc(0)

type HashedFields = Pick<OpenPGP.SignaturePacket, 'version' | 'hashAlgorithm' | 'signatureData'> & {
  readonly salt?: Uint8Array | null
}

/**
 * The digest that a signature of version 4 or 6 signs: of its salt (version 6), the file's bytes,
 * its own hashed fields and their length (RFC 9580, 5.2.4). The file is read once, as a stream.
 * Errors: FILE_UNREADABLE.
 */
export async function digestOf(
  { path, growth }: { readonly path: string; readonly growth?: Growth },
  packet: HashedFields,
): Promise<Uint8Array> {
  const name = DIGESTS.get(packet.hashAlgorithm ?? -1)
  if (name === undefined || packet.signatureData === null)
    throw new Error('the digest of an unfit signature was asked for')
  const salt = packet.version === 6 && packet.salt ? packet.salt : NO_SALT
  const trailer = Buffer.of(packet.version, 0xff, 0, 0, 0, 0)
  trailer.writeUInt32BE(packet.signatureData.length, 2)
  try {
    const suffix = Buffer.concat([packet.signatureData, trailer])
    return new Uint8Array(await native.fileDigest(path, name, salt, suffix, growth))
  } catch (cause) {
    const [, reason = ''] = messageOf(cause).split(`${path}: `)
    throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot read: ${reason}`, { cause })
  }
}
