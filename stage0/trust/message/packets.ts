import { BrokenMessage, type ByteReader } from './bytes.js'

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
  yield* readExactly(reader, (await reader.exactly(width)).readUIntBE(0, width))
}

async function* newBody(reader: ByteReader): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const [first = 0] = await reader.exactly(1)
    const partial = first >= 224 && first < 255
    yield* readExactly(reader, partial ? 2 ** (first & 0x1f) : await wholeLength(reader, first))
    if (!partial) return
  }
}

async function wholeLength(reader: ByteReader, first: number): Promise<number> {
  if (first < 192) return first
  if (first < 224) return ((first - 192) << 8) + (await reader.exactly(1)).readUInt8() + 192
  return (await reader.exactly(4)).readUInt32BE()
}

async function* readExactly(reader: ByteReader, length: number): AsyncGenerator<Uint8Array, void> {
  for (let left = length; left > 0;) {
    const part = await reader.some(Math.min(left, CHUNK))
    if (part === null) throw new BrokenMessage('it ends too early')
    yield part
    left -= part.length
  }
}
