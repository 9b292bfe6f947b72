import { RuntimeError } from '#schema/errors.js'
import { withFile } from '../files/open.js'
import type { HttpClient } from '../http/client.js'
import { displayURL } from '../http/display-url.js'
import { shortID } from '../store/id.js'
import { mostBytes, type Replaceable, replaceImage } from '../store/replace.js'
import { imageUsers } from '../store/image-users.js'
import type { Store } from '../store/store.js'

/**
 * Gets an image again from where it came from and puts it in place of what the store has; its ID proves that it is the same, so no
 * signature is asked for. Errors: IMAGE_DAMAGED where nobody knows the place; IMAGE_MISMATCH where there is another image now,
 * IMAGE_IN_USE, those of reading files and of `download`.
 */
export async function repairImage(store: Store, image: Replaceable, client: () => Promise<HttpClient>): Promise<void> {
  const { id, source } = image
  if (source === undefined) {
    throw new RuntimeError(
      'IMAGE_DAMAGED',
      `${shortID(id)}: cannot be repaired: nothing is known of where it came from`,
      {
        hint: `appc image rm ${shortID(id)} and fetch it again`,
      },
    )
  }
  const replace = (fd: number, subject: string): Promise<void> =>
    replaceImage(store, image, fd, subject, (one) => imageUsers(store.dir, one))
  if (/^https?:/.test(source)) await fromServer(store, new URL(source), mostBytes(image), await client(), replace)
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
  const { blamePacking, download } = await import('../download/download.js')
  const got = await download(dir, client, { url, maxBytes })
  if (got.kind !== 'file')
    throw new RuntimeError('DOWNLOAD_FAILED', `${displayURL(url)}: the server does not have it now`)
  using file = got
  try {
    await replace(file.fd, displayURL(url))
  } catch (error) {
    throw blamePacking(error, file.coding)
  }
  file.remove()
}
