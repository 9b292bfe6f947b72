import { RuntimeError } from '#schema/errors.js'
import { discover, discoverKeys } from '../../discovery/discover.js'
import type { DiscoverOptions } from '../../discovery/discovery.js'
import { displayURL } from '../../http/display-url.js'
import { referenceOf } from '../../image/reference.js'
import type { StoredImage } from '../../store/store.js'
import { fetchRemote } from '../remote.js'
import type { Session } from '../session.js'
import type { NamedRequest } from '../image-request.js'

/**
 * Discovers an image by its name (D1–D6) and fetches it from the first endpoint that has it.
 * Errors: DISCOVERY_FAILED; those of fetchRemote.
 */
export async function fetchDiscovered(session: Session, request: NamedRequest): Promise<StoredImage> {
  const { insecure, port, log, warn } = session.options
  const options = { insecureHTTP: insecure.http, ...(port !== undefined && { port }) }
  const { name, labels } = request
  const client = await session.client(request)
  const found = await discover({ name, labels }, client, options)
  log('discovered', { image: name, places: found.endpoints.map(({ aci }) => displayURL(aci)) })
  if (found.endpoints.length === 0) {
    const why = found.failures.map(({ message }) => message).join('; ')
    throw new RuntimeError('DISCOVERY_FAILED', `${referenceOf(request)}: discovery found keys, but no image: ${why}`, {
      hint: `appc discover ${referenceOf(request)}`,
    })
  }
  const keys = async (): Promise<readonly URL[]> =>
    found.keys.length > 0 ? found.keys : await findKeys(session, request, options)
  const failures: RuntimeError[] = []
  for (const { aci, asc } of found.endpoints) {
    try {
      const image = await fetchRemote(session, { url: aci, signature: asc, request, keys })
      for (const { message } of failures) warn(message)
      return image
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      failures.push(error)
    }
  }
  throw mostSpecific(failures)
}

/**
 * The keys that a parent's page names; empty, with a warning that says what the pages have, if none
 * does.
 */
async function findKeys(session: Session, request: NamedRequest, options: DiscoverOptions): Promise<readonly URL[]> {
  const { insecure, warn } = session.options
  try {
    const insecureHTTP = insecure.http || insecure.pubkey
    return await discoverKeys(request.name, await session.keyClient(request), { ...options, insecureHTTP })
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'DISCOVERY_FAILED') throw error
    warn(error.message)
    return []
  }
}

/** The failure to report: one about the image is more specific than one about a server. */
function mostSpecific(failures: readonly RuntimeError[]): RuntimeError {
  const [first] = failures
  if (first === undefined) throw new Error('a place was tried')
  const specific = failures.find(({ code }) => code !== 'DOWNLOAD_FAILED') ?? first
  const others = failures.filter((failure) => failure !== specific)
  if (others.length === 0) return specific
  return new RuntimeError(specific.code, specific.message, {
    ...(specific.hint !== undefined && { hint: specific.hint }),
    cause: new Error(`other places failed, too: ${others.map(({ message }) => message).join('; ')}`, {
      cause: specific.cause,
    }),
  })
}
