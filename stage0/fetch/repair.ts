import { RuntimeError } from '#schema/errors.js'
import { withFile } from '../files/open.js'
import type { HttpClient } from '../http/client.js'
import { displayURL } from '../http/display-url.js'
import { shortID } from '../store/id.js'
import { maxBytesOf, type Replaceable, replaceImage } from '../store/replace.js'
import { imageUsers } from '../store/image-users.js'
import type { Store } from '../store/store.js'

/**
 * Fetches a stored image again from its source and replaces the stored copy. Its ID proves that it
 * is the same image, so no signature is needed. Errors: IMAGE_IN_USE, FILE_UNREADABLE,
 * IMAGE_DAMAGED where the store has no record of the source, IMAGE_MISMATCH where the source has
 * another image now, DOWNLOAD_FAILED; those of download.
 */
export async function repairImage(store: Store, image: Replaceable, client: () => Promise<HttpClient>): Promise<void> {
  const { id, source } = image
  if (source === undefined) {
    throw new RuntimeError('IMAGE_DAMAGED', `${shortID(id)}: cannot be repaired: its source is unknown`, {
      hint: `appc image rm ${shortID(id)} and fetch it again`,
    })
  }
  const replace = (fd: number, subject: string): Promise<void> =>
    replaceImage(store, image, fd, subject, (imageID) => imageUsers(store.dir, imageID))
  if (/^https?:/.test(source)) await fromServer(store, new URL(source), maxBytesOf(image), await client(), replace)
  else await withFile(source, (fd) => replace(fd, source))
}

type Replace = (fd: number, subject: string) => Promise<void>

async function fromServer(
  { dir }: Store,
  url: URL,
  maxBytes: number,
  client: HttpClient,
  replace: Replace,
): Promise<void> {
  const { explainCoding, download } = await import('../download/download.js')
  const result = await download(dir, client, { url, maxBytes })
  if (result.kind !== 'file')
    throw new RuntimeError('DOWNLOAD_FAILED', `${displayURL(url)}: the server does not have it now`)
  using file = result
  try {
    await replace(file.fd, displayURL(url))
  } catch (error) {
    throw explainCoding(error, file.coding)
  }
  file.remove()
}
