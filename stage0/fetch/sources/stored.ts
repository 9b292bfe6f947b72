import { RuntimeError } from '#schema/errors.js'
import { matches } from '../../image/matching.js'
import type { IDReference, NameReference } from '../../image/reference.js'
import type { StoredImage } from '../../store/store.js'
import type { Session } from '../session.js'
import { checkWanted, isWanted, type Named } from '../wanted.js'

/** What the store has of what was asked for. */
export interface LookedUp {
  readonly image?: StoredImage
  /** Why the newest image that would do does not count. */
  readonly objection?: RuntimeError
}

/**
 * The image with an ID as typed. Who types an ID has chosen the very bytes, as with a file: they count unless every image needs a
 * signature. Errors: those of Store.find and of Policy.objection.
 */
export async function storedByID({ policy, options }: Session, reference: IDReference): Promise<StoredImage> {
  const image = options.store.find(reference)
  const objection = (await policy.requiresSignature()) ? await policy.objection(image, true) : null
  if (objection !== null) throw objection
  return image
}

/**
 * What the store has of a dependency, the newest import that counts. Errors: IMAGE_MISMATCH, IMAGE_DAMAGED, those of
 * Policy.objection.
 *
 * @param signed only what was signed counts
 */
export async function lookUp(session: Session, wanted: Named, subject: string, signed: boolean): Promise<LookedUp> {
  const { store } = session.options
  if (wanted.imageID === undefined) {
    const found = store.named(wanted.name).filter(({ id, manifest }) => isWanted(wanted, manifest, id))
    return await newestThatCounts(session, found, signed)
  }
  const image = orAbsent(() => store.get(wanted.imageID ?? ''))
  if (image === undefined) return {}
  checkWanted(wanted, image.manifest, image.id, subject)
  return await newestThatCounts(session, [image], signed)
}

async function newestThatCounts(
  { policy }: Session,
  images: readonly StoredImage[],
  signed: boolean,
): Promise<LookedUp> {
  let newest: RuntimeError | undefined
  for (const image of images.toReversed()) {
    const objection = await policy.objection(image, signed)
    if (objection === null) return { image }
    newest ??= objection
  }
  return newest === undefined ? {} : { objection: newest }
}

/** The same by a name as typed. Errors: those of Store.find but IMAGE_NOT_FOUND. */
export async function lookUpName(session: Session, reference: NameReference): Promise<LookedUp> {
  const { store } = session.options
  const alike = store.named(reference.name)
  const objections = new Map<string, RuntimeError>()
  for (const image of alike) {
    const objection = await session.policy.objection(image, false)
    if (objection !== null) objections.set(image.id, objection)
  }
  const image = orAbsent(() => store.find(reference, ({ id }) => !objections.has(id)))
  if (image !== undefined) return { image }
  const meant = alike.findLast(({ manifest }) => matches(reference, manifest))
  const objection = meant && objections.get(meant.id)
  return objection === undefined ? {} : { objection }
}

function orAbsent<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'IMAGE_NOT_FOUND') return undefined
    throw error
  }
}
