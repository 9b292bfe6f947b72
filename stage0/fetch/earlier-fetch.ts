import { RuntimeError } from '#schema/errors.js'
import type { Validators } from '../download/download.js'
import { readRemote, type Remote, writeRemote } from '../store/remotes.js'
import type { StoredImage } from '../store/store.js'
import type { Session } from './session.js'
import { matchesRequest, type ImageRequest } from './image-request.js'

/** An image which an earlier fetch from a URL put into the store. */
export interface EarlierFetch {
  readonly remote: Remote
  readonly image: StoredImage
}

/**
 * The image of an earlier fetch from `url`; undefined where there is none, where it does not match
 * `request`, or where it has no good signature by a key that is trusted now. Errors: those of
 * Policy.objection.
 */
export async function findEarlier(
  session: Session,
  url: URL,
  request: ImageRequest,
): Promise<EarlierFetch | undefined> {
  const { store } = session.options
  const remote = readRemote(store.dir, url)
  if (remote === undefined) return undefined
  try {
    const image = store.get(remote.imageID)
    if (!matchesRequest(request, image.manifest, image.id)) return undefined
    return (await session.policy.objection(image, true)) === null ? { remote, image } : undefined
  } catch (error) {
    // an image that was removed or is damaged is fetched again
    if (error instanceof RuntimeError && /^IMAGE_/.test(error.code)) return undefined
    throw error
  }
}

/** Whether the answer of the earlier fetch is still fresh by the server's max-age. */
export const isFresh = ({ remote: { checkedAt, maxAgeSeconds = 0 } }: EarlierFetch): boolean =>
  Date.now() < checkedAt + maxAgeSeconds * 1000

/** Records for later fetches which image came from a URL, and the server's validators for it. */
export function noteEarlier(session: Session, url: URL, { id }: StoredImage, validators: Validators): void {
  const { etag, lastModified, maxAgeSeconds } = validators
  writeRemote(session.options.store.dir, url, {
    imageID: id,
    checkedAt: Date.now(),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  })
}
