import { RuntimeError } from '#schema/errors.js'
import { matches } from '../../image/matching.js'
import type { IDReference, NameReference } from '../../image/reference.js'
import type { StoredImage } from '../../store/store.js'
import type { Session } from '../session.js'
import { checkRequested, matchesRequest, type NamedRequest } from '../image-request.js'

/** The result of a lookup in the store. */
export interface LookupResult {
  readonly image?: StoredImage
  /** Why the newest matching image may not be used. */
  readonly objection?: RuntimeError
}

/**
 * The image with an ID as typed. A user who types an ID chooses the exact bytes, as with a file:
 * they may be used unless every image needs a signature. Errors: those of Store.find and
 * Policy.objection.
 */
export async function storedByID({ policy, options }: Session, reference: IDReference): Promise<StoredImage> {
  const image = options.store.find(reference)
  const objection = (await policy.requiresSignature()) ? await policy.objection(image, true) : null
  if (objection !== null) throw objection
  return image
}

/**
 * Looks up a dependency in the store: the newest import that may be used. Errors: IMAGE_MISMATCH,
 * IMAGE_DAMAGED; those of Policy.objection.
 *
 * @param signed whether only a signed image may be used
 */
export async function lookUp(
  session: Session,
  request: NamedRequest,
  subject: string,
  signed: boolean,
): Promise<LookupResult> {
  const { store } = session.options
  if (request.imageID === undefined) {
    const found = store.named(request.name).filter(({ id, manifest }) => matchesRequest(request, manifest, id))
    return await newestAccepted(session, found, signed)
  }
  const image = orAbsent(() => store.get(request.imageID ?? ''))
  if (image === undefined) return {}
  checkRequested(request, image.manifest, image.id, subject)
  return await newestAccepted(session, [image], signed)
}

async function newestAccepted(
  { policy }: Session,
  images: readonly StoredImage[],
  signed: boolean,
): Promise<LookupResult> {
  let newest: RuntimeError | undefined
  for (const image of images.toReversed()) {
    const objection = await policy.objection(image, signed)
    if (objection === null) return { image }
    newest ??= objection
  }
  return newest === undefined ? {} : { objection: newest }
}

/** Looks up a name as typed. Errors: those of Store.find, except IMAGE_NOT_FOUND. */
export async function lookUpName(session: Session, reference: NameReference): Promise<LookupResult> {
  const { store } = session.options
  const sameName = store.named(reference.name)
  const objections = new Map<string, RuntimeError>()
  for (const image of sameName) {
    const objection = await session.policy.objection(image, false)
    if (objection !== null) objections.set(image.id, objection)
  }
  const image = orAbsent(() => store.find(reference, ({ id }) => !objections.has(id)))
  if (image !== undefined) return { image }
  const newest = sameName.findLast(({ manifest }) => matches(reference, manifest))
  const objection = newest && objections.get(newest.id)
  return objection === undefined ? {} : { objection }
}

function orAbsent<T>(lookUp: () => T): T | undefined {
  try {
    return lookUp()
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'IMAGE_NOT_FOUND') return undefined
    throw error
  }
}
