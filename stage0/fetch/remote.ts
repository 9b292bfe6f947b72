import { RuntimeError } from '#schema/errors.js'
import { blamePacking, type Body, download, type Downloaded, spoils, type Validators } from '../download/download.js'
import { displayURL, placeOf } from '../http/display-url.js'
import { LIMITS } from '../image/limits.js'
import { referenceOf } from '../image/reference.js'
import { type Remote, writeRemote } from '../store/remotes.js'
import type { StoredImage } from '../store/store.js'
import type { VerifiedSigner } from '../trust/verify.js'
import { type Earlier, earlier } from './earlier.js'
import { told } from './progress.js'
import type { Session } from './session.js'
import { isEncryptedFile, take } from './take.js'
import { announce, verify, type Vouched } from './vouch.js'
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

/** What was done with an image while it came. */
interface Early {
  readonly signer?: VerifiedSigner
  readonly taken?: StoredImage
}

/**
 * Gets an image from a server: first its signature, then, if its maker may vouch for it, the image, whose digest is taken while
 * it comes; nothing looks into it before the signature was found good. One that needs no signature is read while it comes. What
 * the server says has not changed comes from the store. Errors: those of HttpClient, download, verifySignature and
 * Store.ingest; SIGNATURE_MISSING, IMAGE_MISMATCH.
 */
export async function fetchRemote(session: Session, image: RemoteImage): Promise<StoredImage> {
  const vouched = session.options.insecure.image ? undefined : vouchedOf(image)
  const before = await known(session, image)
  if (before !== undefined && (session.options.pullPolicy !== 'update' || isFresh(before))) return before.image
  const announced = vouched === undefined ? null : await announce(session, vouched)
  const got = await get(session, image, async (body): Promise<Early> => {
    if (vouched === undefined) return isEncryptedFile(body.fd) ? {} : { taken: await takeBody(session, image, body) }
    // a signature that comes later than the image says only then which digest to take
    return announced === null ? {} : { signer: await verify(session, vouched, announced, body) }
  })
  // it may have been removed while the server was asked: then it is new again
  if (got.kind === 'unchanged') return (await unchanged(session, image, got)) ?? (await fetchRemote(session, image))
  if (got.kind === 'deferred') {
    throw new RuntimeError(
      'DOWNLOAD_FAILED',
      `${displayURL(image.url)}: the server does not have it yet (status 202)`,
      {
        hint: 'try again later',
      },
    )
  }
  using file = got
  try {
    const early = await file.followed
    const signer = early?.signer ?? (vouched && (await verify(session, vouched, announced, { fd: file.fd })))
    const taken = early?.taken ?? (await takeBody(session, image, file, signer))
    note(session, image, taken, file.validators)
    file.remove()
    return taken
  } catch (error) {
    if (spoils(error)) file.remove()
    throw blamePacking(error, file.coding)
  }
}

const vouchedOf = ({ url, wanted: { name, byImage }, signature, keys }: RemoteImage): Vouched => ({
  subject: displayURL(url),
  signature,
  keys,
  ...(name !== undefined && { name }),
  ...(byImage === true && { byImage }),
})

const known = (session: Session, { url, wanted }: RemoteImage): Promise<Earlier | undefined> =>
  earlier(session, url, wanted)

const isFresh = ({ remote: { checkedAt, maxAgeSeconds = 0 } }: Earlier): boolean =>
  Date.now() < checkedAt + maxAgeSeconds * 1000

/** What people call it. */
const callOf = ({ url, wanted }: RemoteImage): string =>
  wanted.name === undefined ? displayURL(url) : referenceOf({ labels: new Map(), ...wanted, name: wanted.name })

/** What download gives, and whether the server was asked for what is unchanged. */
type Got = Downloaded<Early> & { readonly asked: boolean }

async function get(session: Session, image: RemoteImage, follow: (body: Body) => Promise<Early>): Promise<Got> {
  const { store, pullPolicy, maxImageBytes = LIMITS.tarBytes } = session.options
  const client = await session.client(image.wanted)
  const work = { image: callOf(image), kind: 'download', from: displayURL(image.url) } as const
  return await told(await session.progress(), work, async (task) => {
    let remote: Remote | undefined
    const got = await download(store.dir, client, {
      url: image.url,
      maxBytes: image.wanted.size ?? maxImageBytes,
      ...(image.wanted.size !== undefined && { exactBytes: image.wanted.size }),
      follow,
      known: async () => {
        remote = (await known(session, image))?.remote
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

/** Takes an image whose bytes may still be on their way. */
async function takeBody(
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

async function unchanged(
  session: Session,
  image: RemoteImage,
  got: Got & { kind: 'unchanged' },
): Promise<StoredImage | undefined> {
  const old = await known(session, image)
  if (old === undefined) return undefined
  const { remote } = old
  if (got.asked) note(session, image, old.image, { ...remote, ...got.validators })
  return old.image
}

function note(session: Session, { url }: RemoteImage, { id }: StoredImage, said: Validators): void {
  const { etag, lastModified, maxAgeSeconds } = said
  writeRemote(session.options.store.dir, url, {
    imageID: id,
    checkedAt: Date.now(),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  })
}
