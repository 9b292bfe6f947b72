import type { Dependency } from '#schema/dependency.js'
import { RuntimeError } from '#schema/errors.js'
import { labelMap } from '#schema/labels.js'
import { displayName, referenceOf } from '../image/reference.js'
import { type Choice, resolve } from '../render/dependencies.js'
import type { Store, StoredImage } from '../store/store.js'
import { keyOf, type Named } from './wanted.js'

/** How long a chain of dependencies may be, and how many images may hang on one: far more than an overlay can stack. */
const DEEPEST = 64
const MOST = 512

/** Who brings the images. */
export interface Source {
  /** @param signed what has no good signature will not do */
  obtain(wanted: Named, signed: boolean): Promise<StoredImage>
  /** Whether what an image depends on must be signed. */
  isStrict(image: StoredImage): Promise<boolean>
}

/** An image whose dependencies are wanted. */
interface Visit {
  readonly image: StoredImage
  readonly strict: boolean
}

/**
 * Gets everything an image depends on into the store (M14), level by level, each only once; what a strict image depends on is strict,
 * too. Gives the images that were got. Errors: those of `obtain`; DEPENDENCY_CYCLE, IMAGE_MISMATCH.
 */
export async function completeDependencies(store: Store, image: StoredImage, source: Source): Promise<Choice> {
  const visited = new Map<string, boolean>()
  const asked = new Set<string>()
  const chosen = new Map<string, StoredImage>()
  const choice: Choice = (dependency, { id }) => chosen.get(`${id} ${keyOf(wantedOf(dependency))}`)
  let level: readonly Visit[] = [{ image, strict: await source.isStrict(image) }]
  for (let depth = 0; level.some((visit) => hasDependencies(visit.image)); depth++) {
    if (depth === DEEPEST) throw tooMuch(image, `its dependencies are more than ${DEEPEST} deep`)
    const wanted = level.flatMap((of) =>
      (of.image.manifest.dependencies ?? []).map((one) => [of, wantedOf(one)] as const),
    )
    for (const [, one] of wanted) asked.add(keyOf(one))
    if (asked.size > MOST) throw tooMuch(image, `it depends on more than ${MOST} images`)
    const found = await all(wanted, source)
    for (const [of, one, got] of found) {
      const key = `${of.image.id} ${keyOf(one)}`
      // an image may be come to twice, once strictly: then that counts
      if (of.strict || !chosen.has(key)) chosen.set(key, got.image)
    }
    level = found.map(([, , got]) => got).filter((got) => isNews(visited, got))
  }
  resolve(store, image, { choice })
  return choice
}

/** Whether an image was not come to before, or not strictly. */
function isNews(visited: Map<string, boolean>, { image: { id }, strict }: Visit): boolean {
  const before = visited.get(id)
  if (before === true || before === strict) return false
  visited.set(id, strict)
  return true
}

export const hasDependencies = ({ manifest }: StoredImage): boolean => (manifest.dependencies ?? []).length > 0

/** Everything asked for at once; the first failure counts, when all have come to an end. */
async function all(
  wanted: readonly (readonly [of: Visit, wanted: Named])[],
  source: Source,
): Promise<readonly (readonly [of: Visit, wanted: Named, got: Visit])[]> {
  const results = await Promise.allSettled(
    wanted.map(async ([of, one]) => {
      try {
        const image = await source.obtain(one, of.strict)
        return [of, one, { image, strict: of.strict || (await source.isStrict(image)) }] as const
      } catch (error) {
        throw inContext(error, of.image, one)
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
  labels: labelMap(labels),
  byImage: true,
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
