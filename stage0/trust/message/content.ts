import { Readable } from 'node:stream'
import { createInflate, createInflateRaw } from 'node:zlib'
import { RuntimeError } from '#schema/errors.js'
import { BrokenMessage, ByteReader } from './bytes.js'
import { nextPacket, type Packet, TAG } from './packets.js'

const INFLATE = { 1: createInflateRaw, 2: createInflate } as const
const BZIP2 = 3

/**
 * The file in a decrypted message: a literal packet, plain or compressed, and nothing beside it. `plain` is read to its end, so that
 * what guards it is checked. Errors: BrokenMessage; ARCHIVE_INVALID for what is no single file.
 */
export async function* fileIn(plain: AsyncIterable<Uint8Array>, subject: string): AsyncGenerator<Uint8Array, void> {
  const reader = new ByteReader(plain)
  const packet = await nextPacket(reader)
  if (packet?.tag === TAG.compressed) yield* inflated(packet, subject)
  else if (packet?.tag === TAG.literal) yield* literal(packet)
  else throw new BrokenMessage('no file is in it')
  await nothingMore(reader)
}

/** Whoever reads on would take what follows for a part of the file, or for another one. */
async function nothingMore(reader: ByteReader): Promise<void> {
  if ((await reader.byte()) !== null) throw new BrokenMessage('something follows the file in it')
}

/** The format of a literal packet that holds bytes; text would have its line ends changed (RFC 9580, 5.9). */
const BYTES = 'b'.charCodeAt(0)

async function* literal({ body }: Packet): AsyncGenerator<Uint8Array, void> {
  const reader = new ByteReader(body)
  const [format, nameLength = 0] = await reader.exactly(2)
  if (format !== BYTES) throw new BrokenMessage('it holds a text, not the bytes of a file')
  // the name and the date it was given, which say nothing
  await reader.exactly(nameLength + 4)
  for (let part = await reader.some(1 << 16); part !== null; part = await reader.some(1 << 16)) yield part
}

async function* inflated({ body }: Packet, subject: string): AsyncGenerator<Uint8Array, void> {
  const reader = new ByteReader(body)
  const algorithm = await reader.byte()
  if (algorithm === BZIP2) {
    throw new RuntimeError('ARCHIVE_INVALID', `${subject}: compressed with bzip2 inside its encryption`, {
      hint: 'gpg --compress-algo=none makes one that is not',
    })
  }
  if (algorithm !== 1 && algorithm !== 2) throw new BrokenMessage('its compression is not known')
  const inflate = INFLATE[algorithm]({ chunkSize: 1 << 16 })
  let given = 0
  const input = Readable.from(
    rest(reader, (length) => (given += length)),
    { objectMode: false },
  )
  input.once('error', (error) => inflate.destroy(error))
  input.pipe(inflate)
  const inner = new ByteReader(inflate as AsyncIterable<Uint8Array>)
  const packet = await nextPacket(inner)
  if (packet?.tag !== TAG.literal) throw new BrokenMessage('no file is in it')
  yield* literal(packet)
  await nothingMore(inner)
  input.destroy()
  // zlib stops at the end of what is compressed, wherever that is
  if (inflate.bytesWritten !== given) throw new BrokenMessage('something follows the file in it')
  await nothingMore(reader)
}

/** Does not end its source when it is ended itself: something may stand behind the compressed data. */
async function* rest(reader: ByteReader, tell: (length: number) => void): AsyncGenerator<Uint8Array, void> {
  for (let part = await reader.some(1 << 16); part !== null; part = await reader.some(1 << 16)) {
    tell(part.length)
    yield Buffer.from(part)
  }
}
