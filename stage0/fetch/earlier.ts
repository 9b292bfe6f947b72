import { RuntimeError } from '#schema/errors.js'
import { readRemote, type Remote } from '../store/remotes.js'
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
