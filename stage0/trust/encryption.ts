import { type FileHandle, open } from 'node:fs/promises'
import { isErrno, messageOf, plainReason, RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { LIMITS } from '../aci/limits.js'

interface DecryptOptions {
  /** Bytes of the decrypted file before it is given up. */
  readonly maxBytes?: number | undefined
  /** Gets the bytes of the message that were read so far. */
  readonly onProgress?: (bytes: number) => void
}

/**
 * Decrypts the file `path`, encrypted with a passphrase (A6), into `fd`. What `fd` holds counts only when this has
 * resolved: whether a message is whole is known at its end. `subject` is what messages call the file. Errors: PASSPHRASE, also for
 * a message that takes none; ARCHIVE_INVALID for one that is broken, was changed, is encrypted with another cipher than AES, or that
 * nothing guards against changes; ARCHIVE_LIMIT for one that grows beyond measure; FILE_UNREADABLE.
 */
export async function decryptTo(
  path: string,
  passphrase: string,
  fd: number,
  subject = path,
  { maxBytes = LIMITS.tarBytes, onProgress }: DecryptOptions = {},
): Promise<void> {
  await using file = await opened(path, subject)
  try {
    await native.decryptMessage(file.fd, fd, passphrase, maxBytes, onProgress)
  } catch (cause) {
    throw explained(cause, subject, maxBytes)
  }
}

async function opened(path: string, subject: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw new RuntimeError('FILE_UNREADABLE', `${subject}: cannot decrypt: ${plainReason(cause)}`, { cause })
  }
}

function explained(cause: unknown, subject: string, maxBytes: number): RuntimeError {
  const about = `${subject}: ${messageOf(cause)}`
  if (isErrno(cause, 'MESSAGE_PASSPHRASE')) return new RuntimeError('PASSPHRASE', about, { cause })
  if (isErrno(cause, 'MESSAGE_BROKEN')) return new RuntimeError('ARCHIVE_INVALID', about, { cause })
  if (isErrno(cause, 'MESSAGE_NO_PASSPHRASE'))
    return new RuntimeError('PASSPHRASE', about, { cause, hint: 'gpg --symmetric encrypts with one' })
  if (isErrno(cause, 'MESSAGE_CIPHER'))
    return new RuntimeError('ARCHIVE_INVALID', about, { cause, hint: 'gpg --symmetric --cipher-algo=AES256 uses it' })
  if (isErrno(cause, 'MESSAGE_SIZE')) {
    return new RuntimeError(
      'ARCHIVE_LIMIT',
      `${subject}: decrypts to more than the ${maxBytes} bytes an image may have`,
      {
        hint: '--max-image-size=SIZE of run and fetch allows more',
      },
    )
  }
  return new RuntimeError('FILE_UNREADABLE', about, { cause })
}

/**
 * Encrypts a stream with a passphrase (A6): AES-256, guarded by a digest, in the form every OpenPGP program reads. Nothing is
 * compressed: images are, by themselves.
 */
export async function* encrypted(
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
