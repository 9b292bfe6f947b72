import { RuntimeError } from '#schema/errors.js'
import { discover, discoverKeys } from '../../discovery/discover.js'
import type { DiscoverOptions } from '../../discovery/discovery.js'
import { displayURL } from '../../http/display-url.js'
import { referenceOf } from '../../image/reference.js'
import type { StoredImage } from '../../store/store.js'
import { fetchRemote } from '../remote.js'
import type { Session } from '../session.js'
import type { Named } from '../wanted.js'

/**
 * Finds an image by its name (D1–D6) and gets it from the first place that has it. Errors: DISCOVERY_FAILED and those of
 * fetchRemote.
 */
export async function fetchDiscovered(session: Session, wanted: Named): Promise<StoredImage> {
  const { insecure, port, log, warn } = session.options
  const options = { insecureHTTP: insecure.http, ...(port !== undefined && { port }) }
  const { name, labels } = wanted
  const client = await session.client(wanted)
  const found = await discover({ name, labels }, client, options)
  log('discovered', { image: name, places: found.endpoints.map(({ aci }) => displayURL(aci)) })
  if (found.endpoints.length === 0) {
    const why = found.failures.map(({ message }) => message).join('; ')
    throw new RuntimeError('DISCOVERY_FAILED', `${referenceOf(wanted)}: discovery found keys, but no image: ${why}`, {
      hint: `appc discover ${referenceOf(wanted)}`,
    })
  }
  const keys = async (): Promise<readonly URL[]> =>
    found.keys.length > 0 ? found.keys : await keysOf(session, wanted, options)
  const failures: RuntimeError[] = []
  for (const { aci, asc } of found.endpoints) {
    try {
      const image = await fetchRemote(session, { url: aci, signature: asc, wanted, keys })
      for (const { message } of failures) warn(message)
      return image
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      failures.push(error)
    }
  }
  throw worst(failures)
}

/** The keys that a parent's page names; none where no page does, which is told with what the pages say. */
async function keysOf(session: Session, wanted: Named, options: DiscoverOptions): Promise<readonly URL[]> {
  const { insecure, warn } = session.options
  try {
    const insecureHTTP = insecure.http || insecure.pubkey
    return await discoverKeys(wanted.name, await session.keyClient(wanted), { ...options, insecureHTTP })
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'DISCOVERY_FAILED') throw error
    warn(error.message)
    return []
  }
}

/** The failure to report: one that is about the image tells more than one about a server. */
function worst(failures: readonly RuntimeError[]): RuntimeError {
  const [first] = failures
  if (first === undefined) throw new Error('a place was tried')
  const telling = failures.find(({ code }) => code !== 'DOWNLOAD_FAILED') ?? first
  const others = failures.filter((failure) => failure !== telling)
  if (others.length === 0) return telling
  return new RuntimeError(telling.code, telling.message, {
    ...(telling.hint !== undefined && { hint: telling.hint }),
    cause: new Error(`other places failed, too: ${others.map(({ message }) => message).join('; ')}`, {
      cause: telling.cause,
    }),
  })
}
