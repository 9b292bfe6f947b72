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
import { take } from '../take.js'

/**
 * Takes an image file into the store. It is trusted because root names it; but a signature beside it (FILE.asc, or the file
 * `signature`) must be good, and where the configuration asks for one there must be one. Errors: FILE_UNREADABLE,
 * SIGNATURE_MISSING and those of verifySignature and Store.ingest.
 */
export async function takeFile(session: Session, path: string, signature?: string): Promise<StoredImage> {
  return await withFile(path, async (fd) => {
    const signed = signature ?? (session.options.insecure.image ? undefined : besideOf(path))
    return await takeOpen(session, { fd, subject: path, source: resolve(path) }, signed)
  })
}

/** The signature beside an image file; what stands there and cannot be read is not the same as none. Errors: FILE_UNREADABLE. */
function besideOf(path: string): string | undefined {
  const beside = `${path}.asc`
  const look = (): string | undefined => {
    if (lstatSync(beside, { throwIfNoEntry: false }) === undefined) return undefined
    const file = statSync(beside, { throwIfNoEntry: false })
    if (file?.isFile() === true) return beside
    const what = file === undefined ? 'is a link to no file' : 'is no regular file'
    throw new RuntimeError('FILE_UNREADABLE', `${beside}: ${what}`, {
      hint: `mend or remove ${beside}: what has a signature is not taken without one`,
    })
  }
  // no file can have a name so long
  return wrapFileErrors(beside, () => ignoreMissing(look, undefined, ['ENAMETOOLONG']))
}

/** The same for stdin. */
export async function takeStdin(session: Session, signature?: string): Promise<StoredImage> {
  const taken = { fd: 0, subject: 'stdin' }
  const { passphraseFile } = session.options
  // to be decrypted it must be read twice
  if (signature === undefined && passphraseFile !== undefined) {
    return await withCopy(session, 0, (fd) => takeOpen(session, { ...taken, fd }, undefined))
  }
  return await takeOpen(session, taken, signature)
}

interface Open {
  readonly fd: number
  readonly subject: string
  readonly source?: string
}

async function takeOpen(session: Session, file: Open, signature: string | undefined): Promise<StoredImage> {
  const { fd, subject } = file
  const given = { signers: [], givenAt: Date.now() }
  const taken = { ...file, image: subject, provenance: given }
  if (session.options.insecure.image) return await take(session, fd, taken)
  if (signature !== undefined) {
    const bytes = readSignature(signature)
    return await withCopy(session, fd, async (own) => {
      const signer = await checkSignature(session, own, subject, bytes)
      return await take(session, own, {
        ...taken,
        provenance: { ...given, signers: [signer.signedBy] },
        accept: ({ name }) => {
          signer.check(name)
        },
      })
    })
  }
  if (await session.policy.requiresSignature()) {
    throw noSignature(subject, 'has no signature, which the configuration asks for of every image')
  }
  return await take(session, fd, taken)
}

/** Checks the bytes; the image's name is checked when they have been read. */
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
 * Gives `use` the bytes of `fd` in a file nobody else can write to: what is verified is what is taken, whatever becomes of the
 * original meanwhile. Where the file system can, the copy shares the original's blocks.
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
