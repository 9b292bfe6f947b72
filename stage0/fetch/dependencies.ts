import type { Dependency } from '#schema/dependency.js'
import { RuntimeError } from '#schema/errors.js'
import { displayName } from '../image/reference.js'
import { resolve } from '../render/dependencies.js'
import type { Store, StoredImage } from '../store/store.js'
import { keyOf, type Named, referenceOf } from './wanted.js'

/** How long a chain of dependencies may be, and how many images may hang on one: far more than an overlay can stack. */
const DEEPEST = 64
const MOST = 512

/**
 * Gets everything an image depends on into the store (M14), level by level, each only once. Errors: those of `obtain`;
 * DEPENDENCY_CYCLE, IMAGE_MISMATCH.
 */
export async function completeDependencies(
  store: Store,
  image: StoredImage,
  obtain: (wanted: Named) => Promise<StoredImage>,
): Promise<void> {
  const seen = new Set([image.id])
  const asked = new Set<string>()
  let level: readonly StoredImage[] = [image]
  for (let depth = 0; level.some(hasDependencies); depth++) {
    if (depth === DEEPEST) throw tooMuch(image, `its dependencies are more than ${DEEPEST} deep`)
    const wanted = level.flatMap((of) => (of.manifest.dependencies ?? []).map((one) => [of, wantedOf(one)] as const))
    for (const [, one] of wanted) asked.add(keyOf(one))
    if (asked.size > MOST) throw tooMuch(image, `it depends on more than ${MOST} images`)
    const found = await all(wanted, obtain)
    level = found.filter(({ id }) => !seen.has(id) && seen.add(id))
  }
  resolve(store, image)
}

export const hasDependencies = ({ manifest }: StoredImage): boolean => (manifest.dependencies ?? []).length > 0

/** Everything asked for at once; the first failure counts, when all have come to an end. */
async function all(
  wanted: readonly (readonly [of: StoredImage, wanted: Named])[],
  obtain: (wanted: Named) => Promise<StoredImage>,
): Promise<readonly StoredImage[]> {
  const results = await Promise.allSettled(
    wanted.map(async ([of, one]) => {
      try {
        return await obtain(one)
      } catch (error) {
        throw inContext(error, of, one)
      }
    }),
  )
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

const wantedOf = ({ imageName, labels = [], imageID, size }: Dependency): Named => ({
  name: imageName,
  labels: new Map(labels.map(({ name, value }) => [name, value])),
  ...(imageID !== undefined && { imageID }),
  ...(size !== undefined && { size }),
})

function inContext(error: unknown, of: StoredImage, wanted: Named): unknown {
  if (!(error instanceof RuntimeError)) return error
  return new RuntimeError(
    error.code,
    `${displayName(of.manifest)}: depends on ${referenceOf(wanted)}: ${error.message}`,
    { ...(error.hint !== undefined && { hint: error.hint }), cause: error.cause },
  )
}

const tooMuch = (image: StoredImage, what: string): RuntimeError =>
  new RuntimeError('DOWNLOAD_LIMIT', `${displayName(image.manifest)}: ${what}`)
