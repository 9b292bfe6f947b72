import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import type { IngestOptions } from '../store/ingest.js'
import { makeStaging } from '../store/staging.js'
import type { StoredImage } from '../store/store.js'
import { isEncrypted, TELLING_BYTES } from '../trust/is-encrypted.js'
import { type Work, told } from './progress.js'
import type { Session } from './session.js'

/** An image file: how it is called and which image of it may enter the store. */
export type Taken = Pick<IngestOptions, 'subject' | 'source' | 'accept' | 'growth' | 'onSpent' | 'provenance'> &
  Pick<Work, 'image'>

/**
 * Takes the image in the file open at `fd`, whose offset is 0, into the store; an encrypted one (A6) is decrypted first, so
 * that the store has its files in the clear. Errors: those of {@link Store.ingest}, PASSPHRASE.
 */
export async function take(session: Session, fd: number, taken: Taken): Promise<StoredImage> {
  return isEncryptedFile(fd) ? await takeEncrypted(session, fd, taken) : await ingest(session, fd, taken)
}

async function ingest(session: Session, fd: number, { image, ...taken }: Taken): Promise<StoredImage> {
  const { maxImageBytes: maxBytes } = session.options
  const size = taken.growth === undefined ? fstatSync(fd).size : 0
  return await told(await session.progress(), { image, kind: 'read' }, async (task) =>
    session.options.store.ingest(fd, {
      ...taken,
      ...(maxBytes !== undefined && { maxBytes }),
      onProgress: (bytes) => {
        task.update(bytes, size > 0 ? size : undefined)
      },
    }),
  )
}

/** Whether {@link take} decrypts the file open at `fd`, for which it must be whole. */
export function isEncryptedFile(fd: number): boolean {
  // what cannot be read twice is taken as it is
  if (!fstatSync(fd).isFile()) return false
  const first = Buffer.alloc(TELLING_BYTES)
  const length = readSync(fd, first, 0, first.length, 0)
  return isEncrypted(first.subarray(0, length))
}

async function takeEncrypted(session: Session, fd: number, taken: Taken): Promise<StoredImage> {
  const { passphraseFile: file, store, maxImageBytes } = session.options
  const { decryptTo } = await import('../trust/encryption.js')
  const { readPassphrase } = await import('../trust/passphrase.js')
  const passphrase = await session.ask(() => readPassphrase(file === undefined ? {} : { file }, taken.subject))
  const staging = makeStaging(store.dir, 'decrypt')
  try {
    const plain = openSync(join(staging.path, 'image'), 'wx+', 0o600)
    try {
      const { size } = fstatSync(fd)
      await told(await session.progress(), { image: taken.image, kind: 'decrypt' }, (task) =>
        decryptTo(`/proc/self/fd/${fd}`, passphrase, plain, taken.subject, {
          maxBytes: maxImageBytes,
          onProgress: (bytes) => {
            task.update(bytes, size)
          },
        }),
      )
      // a descriptor of its own: where the first one stands is the decryption's affair
      const onSpent = (): void => {
        ftruncateSync(plain, 0)
        taken.onSpent?.()
      }
      return await withOpen(join(staging.path, 'image'), (again) => ingest(session, again, { ...taken, onSpent }))
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
