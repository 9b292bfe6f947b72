import { RuntimeError } from '#schema/errors.js'
import {
  blamePacking,
  type Body,
  download,
  type Downloaded,
  type DownloadedFile,
  spoils,
} from '../download/download.js'
import { displayURL, placeOf } from '../http/display-url.js'
import { LIMITS } from '../aci/limits.js'
import { referenceOf } from '../image/reference.js'
import type { Remote } from '../store/remotes.js'
import type { StoredImage } from '../store/store.js'
import type { VerifiedSigner } from '../trust/verify.js'
import { earlier, isFresh, noteEarlier } from './earlier.js'
import { told } from './progress.js'
import type { Session } from './session.js'
import { isEncryptedFile, take } from './take.js'
import { announce, type Announced, verify } from './vouch.js'
import { checkWanted, type Named, type Wanted } from './wanted.js'

/** An image file on a server. */
export interface RemoteImage {
  readonly url: URL
  /** Where its signature is: on a server, or in a file. */
  readonly signature: URL | string
  readonly wanted: Wanted | Named
  /** Where keys are that may be offered for trust, should none be trusted for the name. */
  readonly keys: () => Promise<readonly URL[]>
}

/**
 * Gets an image from a server: first its signature, then, if its maker may vouch for it, the image, whose digest is taken while
 * it comes; nothing looks into it before the signature was found good. One that needs no signature is read while it comes. What
 * the server says has not changed comes from the store. Errors: those of HttpClient, download, verifySignature and
 * Store.ingest; SIGNATURE_MISSING, IMAGE_MISMATCH.
 */
export async function fetchRemote(session: Session, image: RemoteImage): Promise<StoredImage> {
  const located = await locate(session, image)
  if (located !== undefined) return located
  const signature = await fetchSignature(session, image)
  const got = await downloadImage(session, image, signature)
  if (got.kind === 'deferred') throw notYet(image)
  // it may have been removed while the server was asked: then it is new again
  if (got.kind === 'unchanged') return (await keepStored(session, image, got)) ?? (await fetchRemote(session, image))
  using file = got
  try {
    const signer = await verifyImage(session, signature, file)
    const stored = await storeImage(session, image, file, signer)
    noteEarlier(session, image.url, stored, file.validators)
    file.remove()
    return stored
  } catch (error) {
    if (spoils(error)) file.remove()
    throw blamePacking(error, file.coding)
  }
}

/** The image of an earlier fetch, if the server need not be asked again. */
async function locate(session: Session, { url, wanted }: RemoteImage): Promise<StoredImage | undefined> {
  const before = await earlier(session, url, wanted)
  if (before === undefined) return undefined
  return session.options.pullPolicy !== 'update' || isFresh(before) ? before.image : undefined
}

/** Gets the signature, whose maker must be able to vouch for the image; undefined if no image needs one. */
async function fetchSignature(session: Session, image: RemoteImage): Promise<Announced | undefined> {
  if (session.options.insecure.image) return undefined
  const { url, signature, keys, wanted } = image
  const { name, byImage } = wanted
  return await announce(session, {
    subject: displayURL(url),
    signature,
    keys,
    ...(name !== undefined && { name }),
    ...(byImage === true && { byImage }),
  })
}

/** What was done with an image while it came. */
interface Early {
  readonly signer?: VerifiedSigner
  readonly stored?: StoredImage
}

/** What download gives, and whether the server was asked for what is unchanged. */
type Got = Downloaded<Early> & { readonly asked: boolean }

/** Downloads the image file, unless the server says that it has not changed. */
async function downloadImage(session: Session, image: RemoteImage, signature: Announced | undefined): Promise<Got> {
  const { url, wanted } = image
  const { store, pullPolicy, maxImageBytes = LIMITS.tarBytes } = session.options
  const client = await session.client(wanted)
  const work = { image: callOf(image), kind: 'download', from: displayURL(url) } as const
  return await told(await session.progress(), work, async (task) => {
    let remote: Remote | undefined
    const got = await download(store.dir, client, {
      url,
      maxBytes: wanted.size ?? maxImageBytes,
      ...(wanted.size !== undefined && { exactBytes: wanted.size }),
      follow: (body: Body) => whileItComes(session, image, signature, body),
      known: async () => {
        remote = (await earlier(session, url, wanted))?.remote
        // what another process has just brought will do
        if (pullPolicy !== 'update' && remote) remote = { ...remote, checkedAt: Date.now(), maxAgeSeconds: 60 }
        return remote
      },
      onProgress: (bytes, total) => {
        task.update(bytes, total)
      },
    })
    if (got.kind !== 'file') task.end(got.kind === 'unchanged' ? 'unchanged' : 'failed')
    return { ...got, asked: got.kind !== 'unchanged' || got.validators !== remote }
  })
}

/** Stores an image that needs no signature; of another one the digest alone is taken, to verify the signature with. */
async function whileItComes(
  session: Session,
  image: RemoteImage,
  signature: Announced | undefined,
  body: Body,
): Promise<Early> {
  if (signature === undefined) {
    // to be decrypted it must be whole
    return isEncryptedFile(body.fd) ? {} : { stored: await storeBody(session, image, body) }
  }
  // a signature that comes later than the image says only then which digest to take
  return signature.bytes === null ? {} : { signer: await verify(session, signature, body) }
}

/** The signer of the downloaded file, whose signature is good; undefined if no image needs one. */
async function verifyImage(
  session: Session,
  signature: Announced | undefined,
  { fd, followed }: DownloadedFile<Early>,
): Promise<VerifiedSigner | undefined> {
  const early = await followed
  return early?.signer ?? (signature && (await verify(session, signature, { fd })))
}

async function storeImage(
  session: Session,
  image: RemoteImage,
  file: DownloadedFile<Early>,
  signer: VerifiedSigner | undefined,
): Promise<StoredImage> {
  const early = await file.followed
  return early?.stored ?? (await storeBody(session, image, file, signer))
}

/** Takes an image, whose bytes may still be on their way, into the store. */
async function storeBody(
  session: Session,
  image: RemoteImage,
  { fd, growth, empty }: Pick<Body, 'fd' | 'empty'> & Partial<Body>,
  signer?: VerifiedSigner,
): Promise<StoredImage> {
  const subject = displayURL(image.url)
  return await take(session, fd, {
    image: callOf(image),
    subject,
    source: placeOf(image.url),
    accept: (manifest, id) => {
      checkWanted(image.wanted, manifest, id, subject)
      signer?.check(manifest.name)
    },
    ...(growth && { growth }),
    onSpent: empty,
    provenance: signer === undefined ? { signers: [], uncheckedAt: Date.now() } : { signers: [signer.signedBy] },
  })
}

/** The stored image that the server still has; undefined if it is gone from the store. */
async function keepStored(
  session: Session,
  { url, wanted }: RemoteImage,
  got: Got & { kind: 'unchanged' },
): Promise<StoredImage | undefined> {
  const old = await earlier(session, url, wanted)
  if (old === undefined) return undefined
  if (got.asked) noteEarlier(session, url, old.image, { ...old.remote, ...got.validators })
  return old.image
}

/** What people call it. */
const callOf = ({ url, wanted }: RemoteImage): string =>
  wanted.name === undefined ? displayURL(url) : referenceOf({ labels: new Map(), ...wanted, name: wanted.name })

const notYet = ({ url }: RemoteImage): RuntimeError =>
  new RuntimeError('DOWNLOAD_FAILED', `${displayURL(url)}: the server does not have it yet (status 202)`, {
    hint: 'try again later',
  })
