import { type FileHandle, open } from 'node:fs/promises'
import { isErrno, messageOf, plainReason, RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { LIMITS } from '../aci/limits.js'

interface DecryptOptions {
  /** Maximum size of the decrypted file in bytes; default LIMITS.tarBytes. */
  readonly maxBytes?: number | undefined
  /** Called with the number of message bytes read so far. */
  readonly onProgress?: (bytes: number) => void
}

/**
 * Decrypts the file `path`, encrypted with a passphrase (A6), into `fd`. The content of `fd` is
 * valid only when the promise resolves: the integrity check comes at the message's end. `subject`
 * names the file in messages. Errors: PASSPHRASE, also where the message is not encrypted with one;
 * ARCHIVE_INVALID where the message is broken, was changed, uses another cipher than AES, or has no
 * integrity protection; ARCHIVE_LIMIT where the result exceeds `maxBytes`; FILE_UNREADABLE.
 */
export async function decryptTo(
  path: string,
  passphrase: string,
  fd: number,
  subject = path,
  { maxBytes = LIMITS.tarBytes, onProgress }: DecryptOptions = {},
): Promise<void> {
  await using file = await openMessage(path, subject)
  try {
    await native.decryptMessage(file.fd, fd, passphrase, maxBytes, onProgress)
  } catch (cause) {
    throw decryptError(cause, subject, maxBytes)
  }
}

async function openMessage(path: string, subject: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${subject}: cannot decrypt: ${plainReason(cause)}`, { cause })
  }
}

function decryptError(cause: unknown, subject: string, maxBytes: number): RuntimeError {
  const message = `${subject}: ${messageOf(cause)}`
  if (isErrno(cause, 'MESSAGE_PASSPHRASE')) return new RuntimeError('PASSPHRASE', message, { cause })
  if (isErrno(cause, 'MESSAGE_BROKEN')) return new RuntimeError('ARCHIVE_INVALID', message, { cause })
  if (isErrno(cause, 'MESSAGE_NO_PASSPHRASE'))
    return new RuntimeError('PASSPHRASE', message, { cause, hint: 'gpg --symmetric encrypts with one' })
  if (isErrno(cause, 'MESSAGE_CIPHER'))
    return new RuntimeError('ARCHIVE_INVALID', message, { cause, hint: 'gpg --symmetric --cipher-algo=AES256 uses it' })
  if (isErrno(cause, 'MESSAGE_SIZE')) {
    return new RuntimeError(
      'ARCHIVE_LIMIT',
      `${subject}: decrypts to more than the ${maxBytes} bytes an image may have`,
      {
        hint: '--max-image-size=SIZE of run and fetch allows more',
      },
    )
  }
  return new RuntimeError('FILE_UNREADABLE', message, { cause })
}

/**
 * Encrypts a stream with a passphrase (A6): AES-256, with an integrity digest, in the format that
 * every OpenPGP program reads. Nothing is compressed, because images are compressed already.
 */
export async function* encryptStream(
  content: AsyncIterable<Uint8Array>,
  passphrase: string,
): AsyncGenerator<Uint8Array, void> {
  const message = new native.SealedMessage(passphrase)
  for await (const part of content) {
    const ready = message.update(part)
    if (ready.length > 0) yield ready
  }
  yield message.finish()
}
