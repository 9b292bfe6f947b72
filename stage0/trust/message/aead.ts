import { loadOpenPGP } from '../openpgp.js'
import { BrokenMessage, WrongKey } from './bytes.js'

/**
 * Decrypts a message whose content is guarded piece by piece (AEAD), all of whose packets are in `message`. Errors: WrongKey, and
 * BrokenMessage, at the latest at the end.
 */
export async function* openedAEAD(
  message: AsyncIterable<Uint8Array>,
  passphrase: string,
): AsyncGenerator<Uint8Array, void> {
  const { decrypt, readMessage } = await loadOpenPGP()
  const config = { allowUnauthenticatedStream: true, enableParsingV5Entities: true }
  let began = false
  try {
    const read = await settled(readMessage({ binaryMessage: ReadableStream.from(copied(message)), config }))
    const decrypted: unknown = await settled(
      decrypt({ message: read, passwords: [passphrase], format: 'binary', config }),
    )
    const { data } = decrypted as { data: AsyncIterable<Uint8Array> }
    const parts = data[Symbol.asyncIterator]()
    for (let part = await settled(parts.next()); part.done !== true; part = await settled(parts.next())) {
      began = true
      yield part.value
    }
  } catch (cause) {
    if (cause instanceof BrokenMessage || began)
      throw new BrokenMessage('it was changed since it was encrypted', { cause })
    throw new WrongKey('', { cause })
  }
}

/** Streams of broken messages may come to nothing at all: then the process has nothing left to do. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  const idle = Promise.withResolvers<never>()
  const give = (): void => idle.reject(new BrokenMessage('it leads nowhere'))
  process.once('beforeExit', give)
  try {
    return await Promise.race([promise, idle.promise])
  } finally {
    process.removeListener('beforeExit', give)
  }
}

/** For who keeps pieces. */
async function* copied(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for await (const part of source) yield Uint8Array.from(part)
}
