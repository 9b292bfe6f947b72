import { RuntimeError } from '#schema/errors.js'
import { type NameReference, referenceOf } from '../../image/reference.js'
import type { StoredImage } from '../../store/store.js'
import type { PullPolicy, Session } from '../session.js'
import { hasDomain, type Named } from '../wanted.js'
import { lookUp, lookUpName } from './stored.js'

/**
 * The image that a name on the command line means: by pull policy from the store, or from where discovery finds it. Errors:
 * IMAGE_NOT_FOUND, those of Store.find, of Policy.objection and of fetchDiscovered.
 */
export async function byName(session: Session, reference: NameReference): Promise<StoredImage> {
  const { store, pullPolicy, warn } = session.options
  const maySearch = pullPolicy !== 'never' && hasDomain(reference.name)
  if (maySearch && pullPolicy === 'update') return await discovered(session, reference)
  const { image, objection } = await lookUpName(session, reference)
  if (image !== undefined) return image
  if (!maySearch) {
    if (objection !== undefined) throw objection
    // the store says best what it has instead
    return store.find(reference)
  }
  if (objection !== undefined) warn(`${objection.message}: it is fetched anew`)
  return await discovered(session, reference)
}

/**
 * The image that an image depends on, in the same way; its author chose the name, so not every server is asked. Errors: those of
 * {@link lookUp} and of fetchDiscovered; IMAGE_NOT_FOUND.
 *
 * @param signed only what was signed counts
 */
export async function byDependency(
  session: Session,
  wanted: Named,
  pullPolicy: PullPolicy,
  signed: boolean,
): Promise<StoredImage> {
  const subject = referenceOf(wanted)
  // an ID says everything: what the store has under it cannot be newer elsewhere
  const mayLook = pullPolicy !== 'update' || wanted.imageID !== undefined || !hasDomain(wanted.name)
  const { image, objection } = mayLook ? await lookUp(session, wanted, subject, signed) : {}
  if (image !== undefined) return image
  if (pullPolicy !== 'never' && hasDomain(wanted.name)) {
    const { checkNamedHost } = await import('../../http/local-host.js')
    checkNamedHost(wanted.name)
    if (objection !== undefined) session.options.warn(`${objection.message}: it is fetched anew`)
    return await discovered(session, wanted)
  }
  if (objection !== undefined) throw objection
  throw new RuntimeError('IMAGE_NOT_FOUND', `${subject}: no such image in the store`, {
    hint: `appc fetch ${subject}`,
  })
}

async function discovered(session: Session, wanted: Named): Promise<StoredImage> {
  const { fetchDiscovered } = await import('./discovery.js')
  return await session.slots(() => fetchDiscovered(session, wanted))
}
