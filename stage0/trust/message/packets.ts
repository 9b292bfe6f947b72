import { BrokenMessage, type ByteReader } from './bytes.js'

/** The packet types of encrypted messages (RFC 9580, 5). */
export const TAG = {
  keyForKey: 1,
  keyForPassphrase: 3,
  compressed: 8,
  encryptedUnguarded: 9,
  literal: 11,
  encrypted: 18,
  encryptedAEAD: 20,
} as const

/** One packet; its body must be read to the end before the next one. */
export interface Packet {
  readonly tag: number
  readonly body: AsyncGenerator<Uint8Array, void>
}

const CHUNK = 64 << 10

/** The packet type in a packet's first byte, in the new or the old format. */
export const tagOf = (first: number): number => ((first & 0x40) !== 0 ? first & 0x3f : (first >> 2) & 0x0f)

/** The next packet; null at the end. Errors: BrokenMessage. */
export async function nextPacket(reader: ByteReader): Promise<Packet | null> {
  const first = await reader.byte()
  if (first === null) return null
  if ((first & 0x80) === 0) throw new BrokenMessage('it is not made of packets')
  return { tag: tagOf(first), body: (first & 0x40) !== 0 ? newBody(reader) : oldBody(reader, first & 3) }
}

async function* oldBody(reader: ByteReader, lengthType: number): AsyncGenerator<Uint8Array, void> {
  if (lengthType === 3) {
    for (let part = await reader.some(CHUNK); part !== null; part = await reader.some(CHUNK)) yield part
    return
  }
  const width = 1 << lengthType
  yield* take(reader, (await reader.exactly(width)).readUIntBE(0, width))
}

async function* newBody(reader: ByteReader): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const [first = 0] = await reader.exactly(1)
    const partial = first >= 224 && first < 255
    yield* take(reader, partial ? 2 ** (first & 0x1f) : await wholeLength(reader, first))
    if (!partial) return
  }
}

async function wholeLength(reader: ByteReader, first: number): Promise<number> {
  if (first < 192) return first
  if (first < 224) return ((first - 192) << 8) + (await reader.exactly(1)).readUInt8() + 192
  return (await reader.exactly(4)).readUInt32BE()
}

async function* take(reader: ByteReader, length: number): AsyncGenerator<Uint8Array, void> {
  for (let left = length; left > 0;) {
    const part = await reader.some(Math.min(left, CHUNK))
    if (part === null) throw new BrokenMessage('it ends too early')
    yield part
    left -= part.length
  }
}

/**
 * The bytes of a packet whose length is not known before its end: pieces of 64 KiB, and a last one. Each is valid until the next
 * one is asked for.
 */
export async function* packetOf(tag: number, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const waiting = Buffer.allocUnsafe(CHUNK)
  let length = 0
  yield Buffer.of(0xc0 | tag)
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length;) {
      if (length === CHUNK) {
        yield Buffer.of(224 | Math.log2(CHUNK))
        yield waiting
        length = 0
      }
      const part = chunk.subarray(at, at + CHUNK - length)
      waiting.set(part, length)
      length += part.length
      at += part.length
    }
  }
  const last = Buffer.from([255, 0, 0, 0, 0])
  last.writeUInt32BE(length, 1)
  yield last
  yield waiting.subarray(0, length)
}
