import { RuntimeError } from '#schema/errors.js'
import {
  explainCoding,
  type Body,
  download,
  type Downloaded,
  type DownloadedFile,
  isFileInvalid,
} from '../download/download.js'
import { displayURL, withoutQuery } from '../http/display-url.js'
import { LIMITS } from '../aci/limits.js'
import { referenceOf } from '../image/reference.js'
import type { Remote } from '../store/remotes.js'
import type { StoredImage } from '../store/store.js'
import type { VerifiedSigner } from '../trust/verify.js'
import { findEarlier, isFresh, noteEarlier } from './earlier-fetch.js'
import { reportProgress } from './progress.js'
import type { Session } from './session.js'
import { isEncryptedFile, importImage } from './import-image.js'
import { obtainSignature, type EarlySignature, verify } from './verify-image.js'
import { checkRequested, type NamedRequest, type ImageRequest } from './image-request.js'

/** An image file on a server. */
export interface RemoteImage {
  readonly url: URL
  /** Where its signature is: on a server, or in a file. */
  readonly signature: URL | string
  readonly request: ImageRequest | NamedRequest
  /** URLs of keys that are offered for trust if no key is trusted for the name. */
  readonly keys: () => Promise<readonly URL[]>
}

/**
 * Fetches an image from a server: first its signature, then, if the signer may vouch for the image,
 * the image itself. The digest is computed during the download, and nothing parses the image before
 * the signature was verified. An image that needs no signature is stored during the download. An
 * image that the server reports as unchanged comes from the store. Errors: SIGNATURE_MISSING,
 * IMAGE_MISMATCH, DOWNLOAD_FAILED where the server does not have it yet; those of HttpClient,
 * download, verifySignature and Store.ingest.
 */
export async function fetchRemote(session: Session, image: RemoteImage): Promise<StoredImage> {
  const located = await locate(session, image)
  if (located !== undefined) return located
  const signature = await fetchSignature(session, image)
  const result = await downloadImage(session, image, signature)
  if (result.kind === 'deferred') throw deferredError(image)
  // another process may have removed the image during the request: then it is fetched as a new one
  if (result.kind === 'unchanged')
    return (await keepStored(session, image, result)) ?? (await fetchRemote(session, image))
  using file = result
  try {
    const signer = await verifyImage(session, signature, file)
    const stored = await storeImage(session, image, file, signer)
    noteEarlier(session, image.url, stored, file.validators)
    file.remove()
    return stored
  } catch (error) {
    if (isFileInvalid(error)) file.remove()
    throw explainCoding(error, file.coding)
  }
}

/** The image of an earlier fetch, if no request to the server is needed. */
async function locate(session: Session, { url, request }: RemoteImage): Promise<StoredImage | undefined> {
  const found = await findEarlier(session, url, request)
  if (found === undefined) return undefined
  return session.options.pullPolicy !== 'update' || isFresh(found) ? found.image : undefined
}

/**
 * Fetches the signature, whose signer must be able to vouch for the image; undefined if images need
 * none.
 */
async function fetchSignature(session: Session, image: RemoteImage): Promise<EarlySignature | undefined> {
  if (session.options.insecure.image) return undefined
  const { url, signature, keys, request } = image
  const { name, byImage } = request
  return await obtainSignature(session, {
    subject: displayURL(url),
    signature,
    keys,
    ...(name !== undefined && { name }),
    ...(byImage === true && { byImage }),
  })
}

/** The results of the work on an image during its download. */
interface Followed {
  readonly signer?: VerifiedSigner
  readonly stored?: StoredImage
}

/** The result of download, and whether the server was asked (not only a fresh record was used). */
type DownloadResult = Downloaded<Followed> & { readonly isServerAsked: boolean }

/** Downloads the image file, unless the server says that it has not changed. */
async function downloadImage(
  session: Session,
  image: RemoteImage,
  signature: EarlySignature | undefined,
): Promise<DownloadResult> {
  const { url, request } = image
  const { store, pullPolicy, maxImageBytes = LIMITS.tarBytes } = session.options
  const client = await session.client(request)
  const work = { image: displayNameOf(image), kind: 'download', from: displayURL(url) } as const
  return await reportProgress(await session.progress(), work, async (task) => {
    let remote: Remote | undefined
    const result = await download(store.dir, client, {
      url,
      maxBytes: request.size ?? maxImageBytes,
      ...(request.size !== undefined && { exactBytes: request.size }),
      follow: (body: Body) => followBody(session, image, signature, body),
      cached: async () => {
        remote = (await findEarlier(session, url, request))?.remote
        // an image which another process has just fetched counts as fresh
        if (pullPolicy !== 'update' && remote) remote = { ...remote, checkedAt: Date.now(), maxAgeSeconds: 60 }
        return remote
      },
      onProgress: (bytes, total) => {
        task.update(bytes, total)
      },
    })
    if (result.kind !== 'file') task.end(result.kind === 'unchanged' ? 'unchanged' : 'failed')
    return { ...result, isServerAsked: result.kind !== 'unchanged' || result.validators !== remote }
  })
}

/**
 * Reads the image during its download: stores it if it needs no signature; else only computes the
 * digest and verifies the signature.
 */
async function followBody(
  session: Session,
  image: RemoteImage,
  signature: EarlySignature | undefined,
  body: Body,
): Promise<Followed> {
  if (signature === undefined) {
    // decryption needs the complete file
    return isEncryptedFile(body.fd) ? {} : { stored: await storeBody(session, image, body) }
  }
  // the signature names the digest algorithm, so a deferred signature is verified after the
  // download
  return signature.bytes === null ? {} : { signer: await verify(session, signature, body) }
}

/** The signer of the downloaded file, whose signature is good; undefined if images need none. */
async function verifyImage(
  session: Session,
  signature: EarlySignature | undefined,
  { fd, followed }: DownloadedFile<Followed>,
): Promise<VerifiedSigner | undefined> {
  const early = await followed
  return early?.signer ?? (signature && (await verify(session, signature, { fd })))
}

async function storeImage(
  session: Session,
  image: RemoteImage,
  file: DownloadedFile<Followed>,
  signer: VerifiedSigner | undefined,
): Promise<StoredImage> {
  const early = await file.followed
  return early?.stored ?? (await storeBody(session, image, file, signer))
}

/** Puts an image, which may still be downloading, into the store. */
async function storeBody(
  session: Session,
  image: RemoteImage,
  { fd, growth, empty }: Pick<Body, 'fd' | 'empty'> & Partial<Body>,
  signer?: VerifiedSigner,
): Promise<StoredImage> {
  const subject = displayURL(image.url)
  return await importImage(session, fd, {
    image: displayNameOf(image),
    subject,
    source: withoutQuery(image.url),
    accept: (manifest, id) => {
      checkRequested(image.request, manifest, id, subject)
      signer?.check(manifest.name)
    },
    ...(growth && { growth }),
    onSpent: empty,
    provenance: signer === undefined ? { signers: [], uncheckedAt: Date.now() } : { signers: [signer.signedBy] },
  })
}

/**
 * The stored image, which is unchanged on the server; undefined if it is no longer in the store.
 */
async function keepStored(
  session: Session,
  { url, request }: RemoteImage,
  result: DownloadResult & { kind: 'unchanged' },
): Promise<StoredImage | undefined> {
  const stored = await findEarlier(session, url, request)
  if (stored === undefined) return undefined
  if (result.isServerAsked) noteEarlier(session, url, stored.image, { ...stored.remote, ...result.validators })
  return stored.image
}

/** The image for people: its name or its URL. */
const displayNameOf = ({ url, request }: RemoteImage): string =>
  request.name === undefined ? displayURL(url) : referenceOf({ labels: new Map(), ...request, name: request.name })

const deferredError = ({ url }: RemoteImage): RuntimeError =>
  new RuntimeError('DOWNLOAD_FAILED', `${displayURL(url)}: the server does not have it yet (status 202)`, {
    hint: 'try again later',
  })
