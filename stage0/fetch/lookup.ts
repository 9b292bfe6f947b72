import { RuntimeError } from '#schema/errors.js'
import type { Store, StoredImage } from '../store/store.js'
import { checkWanted, isWanted, type Named } from './wanted.js'

/** What the store has of what was asked for, the newest import; undefined where it has nothing. Errors: IMAGE_MISMATCH, IMAGE_DAMAGED. */
export function lookUp(store: Store, wanted: Named, subject: string): StoredImage | undefined {
  if (wanted.imageID === undefined) {
    return store.named(wanted.name).findLast(({ id, manifest }) => isWanted(wanted, manifest, id))
  }
  const image = orAbsent(() => store.get(wanted.imageID ?? ''))
  if (image !== undefined) checkWanted(wanted, image.manifest, image.id, subject)
  return image
}

/** The same, by a reference as typed. Errors: those of Store.find but IMAGE_NOT_FOUND. */
export const lookUpReference = (store: Store, reference: string): StoredImage | undefined =>
  orAbsent(() => store.find(reference))

function orAbsent<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'IMAGE_NOT_FOUND') return undefined
    throw error
  }
}
