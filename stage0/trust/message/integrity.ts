import { createCipheriv, createDecipheriv, createHash, type Decipheriv, randomBytes } from 'node:crypto'
import { BrokenMessage, type ByteReader, WrongKey } from './bytes.js'

/** A session key with its cipher's name. */
export interface SessionKey {
  readonly algorithm: 'aes128' | 'aes192' | 'aes256'
  readonly data: Uint8Array
}

const CIPHERS = { aes128: 'aes-128-cfb', aes192: 'aes-192-cfb', aes256: 'aes-256-cfb' } as const

/** Whether a cipher is AES. */
export const isCipher = (name: string | null): name is SessionKey['algorithm'] =>
  name !== null && Object.hasOwn(CIPHERS, name)

const BLOCK = 16
const VERSION = 1
const CHUNK = 64 << 10

/** The head of the packet with the digest that guards the message. */
const GUARD = Buffer.of(0xd3, 0x14)
const GUARD_LENGTH = GUARD.length + 20

/** The first block and its last two bytes again, by which a wrong key shows. */
const PREFIX_LENGTH = BLOCK + 2

/**
 * Decrypts the body of an integrity-protected packet of version 1 (RFC 9580, 5.13.1), its version already read, with the first of
 * `keys` that fits. Errors: WrongKey before anything comes; BrokenMessage at the end when the content is not what was encrypted.
 */
export async function* opened(body: ByteReader, keys: readonly SessionKey[]): AsyncGenerator<Uint8Array, void> {
  const first = await body.exactly(PREFIX_LENGTH)
  const fitting = keys.map((key) => start(key, first)).find(({ prefix }) => repeats(prefix))
  if (fitting === undefined) throw new WrongKey()
  const { cipher, prefix } = fitting
  const digest = createHash('sha1').update(prefix)
  // the last bytes so far, which may be the guard
  let held: Buffer = Buffer.alloc(0)
  for (let part = await body.some(CHUNK); part !== null; part = await body.some(CHUNK)) {
    const plain = cipher.update(part)
    const ready = plain.length < GUARD_LENGTH ? [Buffer.concat([held, plain])] : [held, plain]
    const last = ready.at(-1) ?? plain
    const end = Math.max(0, last.length - GUARD_LENGTH)
    ready[ready.length - 1] = last.subarray(0, end)
    held = Buffer.from(last.subarray(end))
    for (const piece of ready) {
      digest.update(piece)
      if (piece.length > 0) yield piece
    }
  }
  const guarded = digest.update(GUARD).digest()
  if (!held.equals(Buffer.concat([GUARD, guarded]))) throw new BrokenMessage('it was changed since it was encrypted')
}

function start({ algorithm, data }: SessionKey, first: Buffer): { cipher: Decipheriv; prefix: Buffer } {
  const cipher = createDecipheriv(CIPHERS[algorithm], data, Buffer.alloc(BLOCK))
  return { cipher, prefix: cipher.update(first) }
}

const repeats = (prefix: Buffer): boolean => prefix.subarray(BLOCK - 2, BLOCK).equals(prefix.subarray(BLOCK))

/** The body of such a packet with `content` in it. */
export async function* closed(
  content: AsyncIterable<Uint8Array>,
  { algorithm, data }: SessionKey,
): AsyncGenerator<Uint8Array, void> {
  const cipher = createCipheriv(CIPHERS[algorithm], data, Buffer.alloc(BLOCK))
  const digest = createHash('sha1')
  const random = randomBytes(BLOCK)
  const prefix = Buffer.concat([random, random.subarray(BLOCK - 2)])
  digest.update(prefix)
  yield Buffer.of(VERSION)
  yield cipher.update(prefix)
  for await (const chunk of content) {
    digest.update(chunk)
    yield cipher.update(chunk)
  }
  digest.update(GUARD)
  yield cipher.update(Buffer.concat([GUARD, digest.digest()]))
}
