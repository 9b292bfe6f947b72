import type { Dependency } from '#schema/dependency.js'
import { RuntimeError } from '#schema/errors.js'
import { type Label, labelMap } from '#schema/labels.js'
import { matches } from '../image/matching.js'
import { displayName, referenceOf } from '../image/reference.js'
import { shortID } from '../store/id.js'
import type { Store, StoredImage } from '../store/store.js'

/**
 * An image and its dependencies, in the order of its manifest. An image that occurs several times
 * is one object.
 */
export interface ResolvedImage {
  readonly image: StoredImage
  readonly dependencies: readonly ResolvedImage[]
}

type Images = Pick<Store, 'get' | 'named'>
type OnMissing = (dependency: Dependency, of: StoredImage) => void

/** Returns the image that was chosen for a dependency; undefined if none was. */
export type Choice = (dependency: Dependency, of: StoredImage) => StoredImage | undefined

export interface ResolveOptions {
  /** Chooses the images; default: the newest matching images of the store. */
  readonly choice?: Choice
  /**
   * Called for a dependency that the store does not have; if it does not throw, the dependency is
   * skipped.
   */
  readonly onMissing?: OnMissing
}

/**
 * Resolves all dependencies of an image in the store (E3, M14): by imageID if the manifest has one,
 * else to the newest import with the name and all labels. Visits each image once, depth first.
 * Errors: IMAGE_NOT_FOUND for a missing dependency, IMAGE_MISMATCH where the image with the imageID
 * has another name or other labels, DEPENDENCY_CYCLE with the cycle (E5), IMAGE_DAMAGED.
 */
export function resolve(store: Images, image: StoredImage, options: ResolveOptions = {}): ResolvedImage {
  const { choice, onMissing = refuseMissing } = options
  const resolvedByID = new Map<string, ResolvedImage>()
  const path: StoredImage[] = []
  const visit = (visited: StoredImage): ResolvedImage => {
    const earlier = resolvedByID.get(visited.id)
    if (earlier !== undefined) return earlier
    if (path.some(({ id }) => id === visited.id)) throw cycleError(path, visited)
    path.push(visited)
    const dependencies = (visited.manifest.dependencies ?? []).flatMap((dependency): ResolvedImage[] => {
      const found = choice === undefined ? find(store, dependency, visited) : (choice(dependency, visited) ?? null)
      if (found !== null) return [visit(found)]
      onMissing(dependency, visited)
      return []
    })
    path.pop()
    const resolved = { image: visited, dependencies }
    resolvedByID.set(visited.id, resolved)
    return resolved
  }
  return visit(image)
}

function refuseMissing(dependency: Dependency, of: StoredImage): never {
  throw new RuntimeError(
    'IMAGE_NOT_FOUND',
    `${displayName(of.manifest)}: depends on ${describeDependency(dependency)}, which is not in the store`,
    { hint: `appc fetch ${formatReference(dependency.imageName, dependency.labels ?? [])}` },
  )
}

/** All images of a resolution, each once, in the order of the visits. */
export function imagesOf(resolved: ResolvedImage): StoredImage[] {
  const images = new Map<string, StoredImage>()
  const visit = ({ image, dependencies }: ResolvedImage): void => {
    if (images.has(image.id)) return
    images.set(image.id, image)
    dependencies.forEach(visit)
  }
  visit(resolved)
  return [...images.values()]
}

function find(store: Images, dependency: Dependency, of: StoredImage): StoredImage | null {
  const { imageID, imageName } = dependency
  if (imageID !== undefined) return byID(store, dependency, imageID, of)
  return store.named(imageName).findLast((image) => satisfies(image, dependency)) ?? null
}

function byID(store: Images, dependency: Dependency, id: string, of: StoredImage): StoredImage | null {
  let image: StoredImage
  try {
    image = store.get(id)
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'IMAGE_NOT_FOUND') return null
    throw error
  }
  if (satisfies(image, dependency)) return image
  throw new RuntimeError(
    'IMAGE_MISMATCH',
    `${displayName(of.manifest)}: depends on ${describeDependency(dependency)}, but that image is ${describeImage(image)}`,
    { hint: `appc image cat-manifest ${shortID(of.id)}` },
  )
}

/** Whether an image has the name and all labels of a dependency (D7, M14). */
const satisfies = ({ manifest }: Pick<StoredImage, 'manifest'>, { imageName, labels }: Dependency): boolean =>
  matches({ name: imageName, labels: labelMap(labels) }, manifest)

/** A dependency in messages: name, labels and, if present, ID. */
function describeDependency({ imageName, imageID, labels = [] }: Dependency): string {
  const reference = formatReference(imageName, labels)
  return imageID === undefined ? reference : `${reference} (${shortID(imageID)})`
}

const describeImage = ({ manifest }: StoredImage): string => formatReference(manifest.name, manifest.labels ?? [])

const formatReference = (name: string, labels: readonly Label[]): string =>
  referenceOf({ name, labels: labelMap(labels) })

function cycleError(path: readonly StoredImage[], repeated: StoredImage): RuntimeError {
  const cycle = [...path.slice(path.findIndex(({ id }) => id === repeated.id)), repeated]
  return new RuntimeError(
    'DEPENDENCY_CYCLE',
    `${displayName(repeated.manifest)}: depends on itself: ${cycle.map(({ manifest }) => displayName(manifest)).join(' → ')}`,
    { hint: `appc image cat-manifest ${shortID(repeated.id)}` },
  )
}
