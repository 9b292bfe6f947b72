import { RuntimeError } from '#schema/errors.js'
import { displayURL } from '../../http/display-url.js'
import type { StoredImage } from '../../store/store.js'
import { findEarlier } from '../earlier-fetch.js'
import type { Session } from '../session.js'

/**
 * The image at a URL that root typed: by pull policy the one that an earlier fetch from the URL
 * left in the store, or the one of the server. Errors: IMAGE_NOT_FOUND; those of fetchRemote.
 *
 * @param signature a file with the signature; without it, the server is asked for URL.asc
 */
export async function byURL(session: Session, url: URL, signature: string | undefined): Promise<StoredImage> {
  const { pullPolicy } = session.options
  if (pullPolicy !== 'update') {
    const found = await findEarlier(session, url, {})
    if (found !== undefined) return found.image
    if (pullPolicy === 'never') {
      throw new RuntimeError('IMAGE_NOT_FOUND', `${displayURL(url)}: nothing in the store came from there`, {
        hint: `appc fetch ${displayURL(url)}`,
      })
    }
  }
  const { fetchRemote } = await import('../remote.js')
  const asc = new URL(url)
  asc.pathname += '.asc'
  return await session.slots(() =>
    fetchRemote(session, { url, signature: signature ?? asc, request: {}, keys: () => Promise.resolve([]) }),
  )
}
