import { writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isErrno, plainReason, RuntimeError } from '#schema/errors.js'
import { LIMITS } from '../image/limits.js'
import { openedAEAD } from './message/aead.js'
import { unarmoured } from './message/armour.js'
import { BrokenMessage, ByteReader, WrongKey } from './message/bytes.js'
import { fileIn } from './message/content.js'
import { closed, opened } from './message/integrity.js'
import { nextPacket, type Packet, packetOf, TAG } from './message/packets.js'
import { newSessionKey, sessionKeys } from './message/session-key.js'

/**
 * Decrypts the file `path`, encrypted with a passphrase (A6), into `fd`, piece by piece. What `fd` holds counts only when this has
 * resolved: whether a message is whole is known at its end. `subject` is what messages call the file. Errors: PASSPHRASE, also for
 * a message that takes none; ARCHIVE_INVALID for one that is broken, was changed, or that nothing guards against changes;
 * ARCHIVE_LIMIT for one that grows beyond measure; FILE_UNREADABLE.
 */
export async function decryptTo(
  path: string,
  passphrase: string,
  fd: number,
  subject = path,
  maxBytes: number = LIMITS.tarBytes,
): Promise<void> {
  try {
    await using file = await open(path, 'r')
    let written = 0
    for await (const part of decrypted(file, passphrase, subject)) {
      written += part.length
      if (written > maxBytes) {
        throw new RuntimeError(
          'ARCHIVE_LIMIT',
          `${subject}: decrypts to more than the ${maxBytes} bytes an image may have`,
          {
            hint: '--max-image-size=SIZE of run and fetch allows more',
          },
        )
      }
      writeAll(fd, part)
    }
  } catch (cause) {
    throw explained(cause, subject)
  }
}

async function* decrypted(file: FileHandle, passphrase: string, subject: string): AsyncGenerator<Uint8Array, void> {
  const reader = new ByteReader(packetsIn(file))
  const { heads, content } = await headOf(reader, subject)
  const body = new ByteReader(content.body)
  if (content.tag === TAG.encrypted && (await body.byte()) === 1) {
    yield* fileIn(opened(body, await sessionKeys(heads, passphrase)), subject)
    // what stands behind the message is not part of it, and not guarded
    if ((await reader.byte()) !== null) throw new BrokenMessage('something follows it')
  } else if (content.tag === TAG.encrypted || content.tag === TAG.encryptedAEAD) {
    yield* openedAEAD(packetsIn(file), passphrase)
  } else {
    throw new BrokenMessage(
      content.tag === TAG.encryptedUnguarded ? 'nothing guards it against changes' : 'nothing encrypted is in it',
    )
  }
}

/** More than any honest packet with a session key has. */
const MAX_HEAD = 8 << 10

/** The packets with the session key for a passphrase, and the one they are for. */
async function headOf(reader: ByteReader, subject: string): Promise<{ heads: Buffer[]; content: Packet }> {
  const heads: Buffer[] = []
  for (let length = 0; length <= MAX_HEAD;) {
    const packet = await nextPacket(reader)
    if (packet === null) throw new BrokenMessage('it ends too early')
    if (packet.tag !== TAG.keyForKey && packet.tag !== TAG.keyForPassphrase) {
      if (heads.length > 0) return { heads, content: packet }
      throw new RuntimeError('PASSPHRASE', `${subject}: encrypted, but not with a passphrase`, {
        hint: 'gpg --symmetric encrypts with one',
      })
    }
    const parts: Uint8Array[] = []
    for await (const part of packetOf(packet.tag, packet.body)) {
      parts.push(Uint8Array.from(part))
      length += part.length
      if (length > MAX_HEAD) break
    }
    if (packet.tag === TAG.keyForPassphrase) heads.push(Buffer.concat(parts))
  }
  throw new BrokenMessage('its head is too long')
}

const CHUNK = 64 << 10

async function* packetsIn(file: FileHandle): AsyncGenerator<Uint8Array, void> {
  const bytes = bytesOf(file)
  const first = await bytes.next()
  if (first.done === true) throw new BrokenMessage('it is empty')
  const whole = (async function* () {
    yield first.value
    yield* bytes
  })()
  yield* (first.value[0] ?? 0) < 0x80 ? unarmoured(whole) : whole
}

/** From the file's beginning; each piece is valid until the next one is asked for. */
async function* bytesOf(file: FileHandle): AsyncGenerator<Uint8Array, void> {
  const buffer = Buffer.allocUnsafe(CHUNK)
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

function explained(cause: unknown, subject: string): RuntimeError {
  if (cause instanceof RuntimeError) return cause
  if (cause instanceof WrongKey)
    return new RuntimeError(
      'PASSPHRASE',
      `${subject}: the passphrase does not open it${cause.message && `, ${cause.message}`}`,
      { cause },
    )
  if (cause instanceof BrokenMessage) {
    return new RuntimeError('ARCHIVE_INVALID', `${subject}: the encrypted message is broken: ${cause.message}`, {
      cause,
    })
  }
  // zlib's
  if (isErrno(cause, 'Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT')) {
    return new RuntimeError('ARCHIVE_INVALID', `${subject}: the encrypted message is broken: its compression is`, {
      cause,
    })
  }
  return new RuntimeError('FILE_UNREADABLE', `${subject}: cannot decrypt: ${plainReason(cause)}`, { cause })
}

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let rest = chunk; rest.length > 0;) rest = rest.subarray(writeSync(fd, rest))
}

/**
 * Encrypts a stream with a passphrase (A6): AES-256, guarded by a digest, in the form every OpenPGP program reads. Nothing is
 * compressed: images are, by themselves.
 */
export async function* encrypted(
  content: AsyncIterable<Uint8Array>,
  passphrase: string,
): AsyncGenerator<Uint8Array, void> {
  const { key, head } = await newSessionKey(passphrase)
  yield head
  yield* packetOf(TAG.encrypted, closed(packetOf(TAG.literal, literal(content)), key))
}

/** A literal packet's head: bytes, without a name and a date. */
const LITERAL = Buffer.of(0x62, 0, 0, 0, 0, 0)

async function* literal(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield LITERAL
  yield* content
}
