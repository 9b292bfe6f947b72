import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import type { IngestOptions } from '../store/ingest.js'
import { makeStaging } from '../store/staging.js'
import type { StoredImage } from '../store/store.js'
import { isEncrypted, DETECTION_BYTES } from '../trust/is-encrypted.js'
import { type Work, reportProgress } from './progress.js'
import type { Session } from './session.js'

/** An image file: its name in messages, and which image in it may enter the store. */
export type ImageFile = Pick<IngestOptions, 'subject' | 'source' | 'accept' | 'growth' | 'onSpent' | 'provenance'> &
  Pick<Work, 'image'>

/**
 * Puts the image in the file open at `fd`, whose offset is 0, into the store. An encrypted image
 * (A6) is decrypted first, because the store keeps its files in the clear. Errors: those of
 * {@link Store.ingest} and decryptTo, PASSPHRASE.
 */
export async function importImage(session: Session, fd: number, file: ImageFile): Promise<StoredImage> {
  return isEncryptedFile(fd) ? await importEncrypted(session, fd, file) : await ingest(session, fd, file)
}

async function ingest(session: Session, fd: number, { image, ...file }: ImageFile): Promise<StoredImage> {
  const { maxImageBytes: maxBytes } = session.options
  const size = file.growth === undefined ? fstatSync(fd).size : 0
  return await reportProgress(await session.progress(), { image, kind: 'read' }, async (task) =>
    session.options.store.ingest(fd, {
      ...file,
      ...(maxBytes !== undefined && { maxBytes }),
      onProgress: (bytes) => {
        task.update(bytes, size > 0 ? size : undefined)
      },
    }),
  )
}

/**
 * Whether {@link importImage} decrypts the file open at `fd`; decryption needs the complete file.
 */
export function isEncryptedFile(fd: number): boolean {
  // a pipe cannot be read twice, so it is imported as it is
  if (!fstatSync(fd).isFile()) return false
  const first = Buffer.alloc(DETECTION_BYTES)
  const length = readSync(fd, first, 0, first.length, 0)
  return isEncrypted(first.subarray(0, length))
}

async function importEncrypted(session: Session, fd: number, file: ImageFile): Promise<StoredImage> {
  const { passphraseFile, store, maxImageBytes } = session.options
  const { decryptTo } = await import('../trust/encryption.js')
  const { readPassphrase } = await import('../trust/passphrase.js')
  const passphrase = await session.ask(() =>
    readPassphrase(passphraseFile === undefined ? {} : { file: passphraseFile }, file.subject),
  )
  const staging = makeStaging(store.dir, 'decrypt')
  try {
    const plain = openSync(join(staging.path, 'image'), 'wx+', 0o600)
    try {
      const { size } = fstatSync(fd)
      await reportProgress(await session.progress(), { image: file.image, kind: 'decrypt' }, (task) =>
        decryptTo(`/proc/self/fd/${fd}`, passphrase, plain, file.subject, {
          maxBytes: maxImageBytes,
          onProgress: (bytes) => {
            task.update(bytes, size)
          },
        }),
      )
      // the import needs its own descriptor at offset 0: decryption moved the offset of the first
      // one
      const onSpent = (): void => {
        ftruncateSync(plain, 0)
        file.onSpent?.()
      }
      return await withOpen(join(staging.path, 'image'), (plainFD) => ingest(session, plainFD, { ...file, onSpent }))
    } finally {
      closeSync(plain)
    }
  } finally {
    native.removeTree(staging.path)
    staging.release()
  }
}

async function withOpen<T>(path: string, use: (fd: number) => Promise<T>): Promise<T> {
  const fd = openSync(path, 'r')
  try {
    return await use(fd)
  } finally {
    closeSync(fd)
  }
}
