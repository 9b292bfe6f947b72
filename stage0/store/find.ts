import { RuntimeError } from '#schema/errors.js'
import type { DataDir } from '../data-dir.js'
import { matches } from '../image/matching.js'
import { displayName, type IDReference, type ImageReference, type NameReference } from '../image/reference.js'
import { isImageID, shortID } from './id.js'
import { ids, notFound } from './read.js'
import type { StoredImage } from './stored-image.js'

/** Returns the undamaged images of a name, oldest import first. */
type ImagesNamed = (name: string) => StoredImage[]

/** See `Store.resolve`. */
export const resolve = (dir: DataDir, named: ImagesNamed, reference: ImageReference): string =>
  reference.kind === 'id' ? byPrefix(dir, reference) : byName(named, reference)

function byPrefix(dir: DataDir, { text: prefix }: IDReference): string {
  const found = ids(dir).filter((id) => id.startsWith(prefix))
  const [first] = found
  if (first === undefined) throw notFound(prefix)
  if (found.length > 1 && !isImageID(prefix)) {
    const shown = found.slice(0, 5).map(shortID)
    throw new RuntimeError(
      'IMAGE_AMBIGUOUS',
      `${prefix}: ${found.length} images have that prefix: ${shown.join(', ')}`,
      {
        hint: 'give more digits of the ID',
      },
    )
  }
  return first
}

function byName(named: ImagesNamed, reference: NameReference): string {
  const sameName = named(reference.name)
  const found = sameName.filter(({ manifest }) => matches(reference, manifest))
  const newest = found.at(-1)
  if (newest === undefined) {
    if (sameName.length === 0) throw notFound(reference.text)
    const shown = sameName.map(({ manifest }) => displayName(manifest)).join(', ')
    throw new RuntimeError(
      'IMAGE_NOT_FOUND',
      `${reference.text}: no stored image has these labels; there is ${shown}`,
      {
        hint: 'appc image list',
      },
    )
  }
  const sameTime = found.filter((entry) => entry.importedAt.getTime() === newest.importedAt.getTime())
  if (sameTime.length > 1) {
    const shown = sameTime.map(({ id }) => shortID(id)).join(', ')
    throw new RuntimeError('IMAGE_AMBIGUOUS', `${reference.text}: imported at the same moment: ${shown}`, {
      hint: 'name one by its ID',
    })
  }
  return newest.id
}
