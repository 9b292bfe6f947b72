import type { Dependency } from '#schema/dependency.js'
import { RuntimeError } from '#schema/errors.js'
import { labelMap } from '#schema/labels.js'
import { displayName, referenceOf } from '../image/reference.js'
import { type Choice, resolve } from '../render/dependencies.js'
import type { Store, StoredImage } from '../store/store.js'
import { keyOf, type NamedRequest } from './image-request.js'

/** Maximum length of a chain of dependencies: far more layers than an overlay can stack. */
const MAX_DEPTH = 64
/** Maximum number of images that one image may depend on, directly or indirectly. */
const MAX_IMAGES = 512

/** Where the images of dependencies come from. */
export interface Source {
  /**
   * Puts the requested image into the store.
   *
   * @param signed whether the image needs a good signature
   */
  obtain(request: NamedRequest, signed: boolean): Promise<StoredImage>
  /** Whether the dependencies of an image must be signed. */
  isStrict(image: StoredImage): Promise<boolean>
}

/** An image whose dependencies are to be resolved; they must be signed if `strict`. */
interface Visit {
  readonly image: StoredImage
  readonly strict: boolean
}

/**
 * Puts all dependencies of an image into the store (M14), level by level, each only once. The
 * dependencies of a strict image are strict, too. Returns which image was chosen for each
 * dependency. Errors: DEPENDENCY_CYCLE, IMAGE_MISMATCH, DOWNLOAD_LIMIT where there are too many;
 * those of {@link Source.obtain}.
 */
export async function completeDependencies(store: Store, image: StoredImage, source: Source): Promise<Choice> {
  const visited = new Map<string, boolean>()
  const requested = new Set<string>()
  const chosen = new Map<string, StoredImage>()
  const choice: Choice = (dependency, { id }) => chosen.get(`${id} ${keyOf(requestOf(dependency))}`)
  let level: readonly Visit[] = [{ image, strict: await source.isStrict(image) }]
  for (let depth = 0; level.some((visit) => hasDependencies(visit.image)); depth++) {
    if (depth === MAX_DEPTH) throw tooManyError(image, `its dependencies are more than ${MAX_DEPTH} deep`)
    const requests = level.flatMap((visit) =>
      (visit.image.manifest.dependencies ?? []).map((dependency) => [visit, requestOf(dependency)] as const),
    )
    for (const [, request] of requests) requested.add(keyOf(request))
    if (requested.size > MAX_IMAGES) throw tooManyError(image, `it depends on more than ${MAX_IMAGES} images`)
    const found = await obtainAll(requests, source)
    for (const [visit, request, result] of found) {
      const key = `${visit.image.id} ${keyOf(request)}`
      // two images may have the same dependency, and only one of them be strict: its choice counts
      if (visit.strict || !chosen.has(key)) chosen.set(key, result.image)
    }
    level = found.map(([, , result]) => result).filter((result) => isNewVisit(visited, result))
  }
  resolve(store, image, { choice })
  return choice
}

/** Whether the image was not visited before, or only as one that is not strict. */
function isNewVisit(visited: Map<string, boolean>, { image: { id }, strict }: Visit): boolean {
  const before = visited.get(id)
  if (before === true || before === strict) return false
  visited.set(id, strict)
  return true
}

export const hasDependencies = ({ manifest }: StoredImage): boolean => (manifest.dependencies ?? []).length > 0

/** Obtains all requested images at once. Errors: the first failure, after all have ended. */
async function obtainAll(
  requests: readonly (readonly [visit: Visit, request: NamedRequest])[],
  source: Source,
): Promise<readonly (readonly [visit: Visit, request: NamedRequest, result: Visit])[]> {
  const results = await Promise.allSettled(
    requests.map(async ([visit, request]) => {
      try {
        const image = await source.obtain(request, visit.strict)
        return [visit, request, { image, strict: visit.strict || (await source.isStrict(image)) }] as const
      } catch (error) {
        throw inContext(error, visit.image, request)
      }
    }),
  )
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

const requestOf = ({ imageName, labels = [], imageID, size }: Dependency): NamedRequest => ({
  name: imageName,
  labels: labelMap(labels),
  byImage: true,
  ...(imageID !== undefined && { imageID }),
  ...(size !== undefined && { size }),
})

function inContext(error: unknown, dependent: StoredImage, request: NamedRequest): unknown {
  if (!(error instanceof RuntimeError)) return error
  return new RuntimeError(
    error.code,
    `${displayName(dependent.manifest)}: depends on ${referenceOf(request)}: ${error.message}`,
    { ...(error.hint !== undefined && { hint: error.hint }), cause: error.cause },
  )
}

const tooManyError = (image: StoredImage, problem: string): RuntimeError =>
  new RuntimeError('DOWNLOAD_LIMIT', `${displayName(image.manifest)}: ${problem}`)
