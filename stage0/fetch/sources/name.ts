import { RuntimeError } from '#schema/errors.js'
import { type NameReference, referenceOf } from '../../image/reference.js'
import type { StoredImage } from '../../store/store.js'
import type { PullPolicy, Session } from '../session.js'
import { hasDomain, type NamedRequest } from '../image-request.js'
import { lookUp, lookUpName } from './stored.js'

/**
 * The image of a name on the command line: by pull policy from the store, or from the servers that
 * discovery finds. Errors: IMAGE_NOT_FOUND; those of Store.find, Policy.objection and
 * fetchDiscovered.
 */
export async function byName(session: Session, reference: NameReference): Promise<StoredImage> {
  const { store, pullPolicy, warn } = session.options
  const mayDiscover = pullPolicy !== 'never' && hasDomain(reference.name)
  if (mayDiscover && pullPolicy === 'update') return await discoverImage(session, reference)
  const { image, objection } = await lookUpName(session, reference)
  if (image !== undefined) return image
  if (!mayDiscover) {
    if (objection !== undefined) throw objection
    // the error of Store.find names what the store has instead
    return store.find(reference)
  }
  if (objection !== undefined) warn(`${objection.message}: it is fetched anew`)
  return await discoverImage(session, reference)
}

/**
 * The image of a dependency, found in the same way. The dependent image's author chose the name, so
 * servers on this host are not asked. Errors: IMAGE_NOT_FOUND; those of {@link lookUp},
 * checkNamedHost and fetchDiscovered.
 *
 * @param signed whether only a signed image may be used
 */
export async function byDependency(
  session: Session,
  request: NamedRequest,
  pullPolicy: PullPolicy,
  signed: boolean,
): Promise<StoredImage> {
  const subject = referenceOf(request)
  // an ID names the exact bytes, so a server cannot have a newer image than the store
  const maySearchStore = pullPolicy !== 'update' || request.imageID !== undefined || !hasDomain(request.name)
  const { image, objection } = maySearchStore ? await lookUp(session, request, subject, signed) : {}
  if (image !== undefined) return image
  if (pullPolicy !== 'never' && hasDomain(request.name)) {
    const { checkNamedHost } = await import('../../http/local-host.js')
    checkNamedHost(request.name)
    if (objection !== undefined) session.options.warn(`${objection.message}: it is fetched anew`)
    return await discoverImage(session, request)
  }
  if (objection !== undefined) throw objection
  throw new RuntimeError('IMAGE_NOT_FOUND', `${subject}: no such image in the store`, {
    hint: `appc fetch ${subject}`,
  })
}

async function discoverImage(session: Session, request: NamedRequest): Promise<StoredImage> {
  const { fetchDiscovered } = await import('./discovery.js')
  return await session.slots(() => fetchDiscovered(session, request))
}
