import { constants, copyFile, createReadStream, createWriteStream, fstatSync, lstatSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { ignoreMissing } from '../../files/missing.js'
import { withFile } from '../../files/open.js'
import { wrapFileErrors } from '../../files/file-errors.js'
import { makeStaging } from '../../store/staging.js'
import type { StoredImage } from '../../store/store.js'
import type { VerifiedSigner } from '../../trust/verify.js'
import type { Session } from '../session.js'
import { noSignature, readSignature } from '../signature.js'
import { importImage } from '../import-image.js'

/**
 * Puts an image file into the store. It is trusted because root names it; but a signature (FILE.asc
 * beside it, or the file `signature`) must be good, and must exist where the configuration requires
 * one. Errors: FILE_UNREADABLE, SIGNATURE_MISSING; those of verifySignature and Store.ingest.
 */
export async function importFile(session: Session, path: string, signature?: string): Promise<StoredImage> {
  return await withFile(path, async (fd) => {
    const signed = signature ?? (session.options.insecure.image ? undefined : signatureBeside(path))
    return await importOpen(session, { fd, subject: path, source: resolve(path) }, signed)
  })
}

/**
 * The path of the signature beside an image file; undefined where there is none. A file that exists
 * but cannot be read is not a missing one. Errors: FILE_UNREADABLE.
 */
function signatureBeside(imagePath: string): string | undefined {
  const path = `${imagePath}.asc`
  const find = (): string | undefined => {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined
    const file = statSync(path, { throwIfNoEntry: false })
    if (file?.isFile() === true) return path
    const problem = file === undefined ? 'is a link to no file' : 'is no regular file'
    throw new RuntimeError('FILE_UNREADABLE', `${path}: ${problem}`, {
      hint: `repair or remove ${path}: an image with a signature file is not accepted without a valid one`,
    })
  }
  // with ENAMETOOLONG, no such file can exist
  return wrapFileErrors(path, () => ignoreMissing(find, undefined, ['ENAMETOOLONG']))
}

/** Puts an image from stdin into the store, like {@link importFile}. */
export async function importStdin(session: Session, signature?: string): Promise<StoredImage> {
  const stdin = { fd: 0, subject: 'stdin' }
  const { passphraseFile } = session.options
  // decryption reads the file twice
  if (signature === undefined && passphraseFile !== undefined) {
    return await withCopy(session, 0, (fd) => importOpen(session, { ...stdin, fd }, undefined))
  }
  return await importOpen(session, stdin, signature)
}

interface OpenFile {
  readonly fd: number
  readonly subject: string
  readonly source?: string
}

async function importOpen(session: Session, file: OpenFile, signature: string | undefined): Promise<StoredImage> {
  const { fd, subject } = file
  const provenance = { signers: [], givenAt: Date.now() }
  const imageFile = { ...file, image: subject, provenance }
  if (session.options.insecure.image) return await importImage(session, fd, imageFile)
  if (signature !== undefined) {
    const bytes = readSignature(signature)
    return await withCopy(session, fd, async (copy) => {
      const signer = await checkSignature(session, copy, subject, bytes)
      return await importImage(session, copy, {
        ...imageFile,
        provenance: { ...provenance, signers: [signer.signedBy] },
        accept: ({ name }) => {
          signer.check(name)
        },
      })
    })
  }
  if (await session.policy.requiresSignature()) {
    throw noSignature(subject, 'has no signature, which the configuration asks for of every image')
  }
  return await importImage(session, fd, imageFile)
}

/** Verifies the signature of the bytes; the caller checks the image's name after the import. */
async function checkSignature(
  session: Session,
  fd: number,
  subject: string,
  signature: Uint8Array,
): Promise<VerifiedSigner> {
  const { verifySignature } = await import('../../trust/verify.js')
  const path = `/proc/self/fd/${fd}`
  const signer = await verifySignature(
    await session.keystore(),
    { path, subject, warn: session.options.warn },
    signature,
  )
  session.options.log('good signature', { image: subject, signer: signer.identity, key: signer.fingerprint })
  return signer
}

/**
 * Calls `use` with a copy of `fd` that no other process can write to: thus the verified bytes are
 * the imported bytes, even if the original changes in the meantime. The copy shares the original's
 * blocks if the file system supports it.
 */
async function withCopy<T>({ options: { store } }: Session, fd: number, use: (fd: number) => Promise<T>): Promise<T> {
  const staging = makeStaging(store.dir, 'copy')
  try {
    const path = join(staging.path, 'image')
    if (fstatSync(fd).isFile()) {
      await promisify(copyFile)(`/proc/self/fd/${fd}`, path, constants.COPYFILE_FICLONE)
    } else {
      const { pipeline } = await import('node:stream/promises')
      await pipeline(createReadStream('', { fd, autoClose: false }), createWriteStream(path, { mode: 0o600 }))
    }
    return await withFile(path, use)
  } finally {
    native.removeTree(staging.path)
    staging.release()
  }
}
