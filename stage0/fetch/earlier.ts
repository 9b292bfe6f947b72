import { RuntimeError } from '#schema/errors.js'
import type { Validators } from '../download/download.js'
import { readRemote, type Remote, writeRemote } from '../store/remotes.js'
import type { StoredImage } from '../store/store.js'
import type { Session } from './session.js'
import { isWanted, type Wanted } from './wanted.js'

/** What an earlier fetch from a URL put into the store, as long as it may be used for `wanted`. */
export interface Earlier {
  readonly remote: Remote
  readonly image: StoredImage
}

/** Only what counts without having been named as a file. Errors: those of Policy.objection. */
export async function earlier(session: Session, url: URL, wanted: Wanted): Promise<Earlier | undefined> {
  const { store } = session.options
  const remote = readRemote(store.dir, url)
  if (remote === undefined) return undefined
  try {
    const image = store.get(remote.imageID)
    if (!isWanted(wanted, image.manifest, image.id)) return undefined
    return (await session.policy.objection(image, true)) === null ? { remote, image } : undefined
  } catch (error) {
    // gone or damaged: then it is fetched again
    if (error instanceof RuntimeError && /^IMAGE_/.test(error.code)) return undefined
    throw error
  }
}

/** Whether the server said that what it served then would not have changed by now. */
export const isFresh = ({ remote: { checkedAt, maxAgeSeconds = 0 } }: Earlier): boolean =>
  Date.now() < checkedAt + maxAgeSeconds * 1000

/** Notes for later fetches which image came from a URL, and what the server said of it. */
export function noteEarlier(session: Session, url: URL, { id }: StoredImage, said: Validators): void {
  const { etag, lastModified, maxAgeSeconds } = said
  writeRemote(session.options.store.dir, url, {
    imageID: id,
    checkedAt: Date.now(),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  })
}
