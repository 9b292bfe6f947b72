import { RuntimeError } from '#schema/errors.js'
import { readRemote, type Remote } from '../store/remotes.js'
import type { Store, StoredImage } from '../store/store.js'
import { isWanted, type Wanted } from './wanted.js'

/** What an earlier fetch from a URL put into the store, as long as it may be used for `wanted`. */
export interface Earlier {
  readonly remote: Remote
  readonly image: StoredImage
}

/** @param unsigned images that came without a signature will do */
export function earlier(store: Store, url: URL, wanted: Wanted, unsigned: boolean): Earlier | undefined {
  const remote = readRemote(store.dir, url)
  if (remote === undefined || (remote.signer === undefined && !unsigned)) return undefined
  try {
    const image = store.get(remote.imageID)
    return isWanted(wanted, image.manifest, image.id) ? { remote, image } : undefined
  } catch (error) {
    // gone or damaged: then it is fetched again
    if (error instanceof RuntimeError) return undefined
    throw error
  }
}
