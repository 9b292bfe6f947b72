import { createHash, type Hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { messageOf, RuntimeError } from '#schema/errors.js'
import type { OpenPGP } from './openpgp.js'

/** The digests a signature of an image may use, by their OpenPGP number, as Node calls them. */
export const DIGESTS: ReadonlyMap<number, string> = new Map([
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
  [12, 'sha3-256'],
  [14, 'sha3-512'],
])

const CHUNK = 256 << 10

type HashedFields = Pick<OpenPGP.SignaturePacket, 'version' | 'hashAlgorithm' | 'signatureData'> & {
  readonly salt?: Uint8Array | null
}

/**
 * What a signature of version 4 or 6 signs: the digest of its salt (version 6), the file's bytes, its own hashed fields and their
 * length (RFC 9580, 5.2.4). The file is read once, piece by piece. Errors: FILE_UNREADABLE.
 */
export async function digestOf(path: string, packet: HashedFields): Promise<Uint8Array> {
  const name = DIGESTS.get(packet.hashAlgorithm ?? -1)
  if (name === undefined || packet.signatureData === null)
    throw new Error('the digest of an unfit signature was asked for')
  const hash = createHash(name)
  if (packet.version === 6 && packet.salt) hash.update(packet.salt)
  await readInto(hash, path)
  hash.update(packet.signatureData)
  const trailer = Buffer.of(packet.version, 0xff, 0, 0, 0, 0)
  trailer.writeUInt32BE(packet.signatureData.length, 2)
  return new Uint8Array(hash.update(trailer).digest())
}

async function readInto(hash: Hash, path: string): Promise<void> {
  try {
    await using file = await open(path, 'r')
    const buffer = Buffer.allocUnsafe(CHUNK)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, null)
      if (bytesRead === 0) return
      hash.update(buffer.subarray(0, bytesRead))
    }
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${path}: cannot read: ${messageOf(cause)}`, { cause })
  }
}
