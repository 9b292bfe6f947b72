import type { Dependency } from '#schema/dependency.js'
import { RuntimeError } from '#schema/errors.js'
import { type Label, labelMap } from '#schema/labels.js'
import { matches } from '../image/matching.js'
import { displayName, referenceOf } from '../image/reference.js'
import { shortID } from '../store/id.js'
import type { Store, StoredImage } from '../store/store.js'

/** An image and what it stands on, in the order of its manifest. Images that several depend on are the same object. */
export interface Resolved {
  readonly image: StoredImage
  readonly dependencies: readonly Resolved[]
}

type Images = Pick<Store, 'get' | 'named'>
type OnMissing = (dependency: Dependency, of: StoredImage) => void

/** The image that was chosen for a dependency; undefined where none was. */
export type Choice = (dependency: Dependency, of: StoredImage) => StoredImage | undefined

export interface ResolveOptions {
  /** Says which images count; else the newest of the store that fit do. */
  readonly choice?: Choice
  /** Told of a dependency the store does not have; where it does not throw, that one is left out. */
  readonly onMissing?: OnMissing
}

/**
 * Finds everything an image depends on in the store (E3, M14): by imageID where the manifest gives one, else the newest import
 * that has the name and every label given. Walks depth first, every image once, however many depend on it. Errors: IMAGE_NOT_FOUND
 * for a missing dependency, IMAGE_MISMATCH where an imageID is that of an image with another name or labels, DEPENDENCY_CYCLE
 * naming the cycle (E5), IMAGE_DAMAGED.
 */
export function resolve(store: Images, image: StoredImage, options: ResolveOptions = {}): Resolved {
  const { choice, onMissing = refuse } = options
  const done = new Map<string, Resolved>()
  const way: StoredImage[] = []
  const visit = (one: StoredImage): Resolved => {
    const known = done.get(one.id)
    if (known !== undefined) return known
    if (way.some(({ id }) => id === one.id)) throw cycle(way, one)
    way.push(one)
    const dependencies = (one.manifest.dependencies ?? []).flatMap((dependency): Resolved[] => {
      const found = choice === undefined ? find(store, dependency, one) : (choice(dependency, one) ?? null)
      if (found !== null) return [visit(found)]
      onMissing(dependency, one)
      return []
    })
    way.pop()
    const resolved = { image: one, dependencies }
    done.set(one.id, resolved)
    return resolved
  }
  return visit(image)
}

function refuse(dependency: Dependency, of: StoredImage): never {
  throw new RuntimeError(
    'IMAGE_NOT_FOUND',
    `${displayName(of.manifest)}: depends on ${describeDependency(dependency)}, which is not in the store`,
    { hint: `appc fetch ${named(dependency.imageName, dependency.labels ?? [])}` },
  )
}

/** Every image of a resolution once, in the order it was come to. */
export function imagesOf(resolved: Resolved): StoredImage[] {
  const images = new Map<string, StoredImage>()
  const visit = ({ image, dependencies }: Resolved): void => {
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
    `${displayName(of.manifest)}: depends on ${describeDependency(dependency)}, but that image is ${described(image)}`,
    { hint: `appc image cat-manifest ${shortID(of.id)}` },
  )
}

/** Tells whether an image has the name and every label a dependency gives (D7, M14). */
const satisfies = ({ manifest }: Pick<StoredImage, 'manifest'>, { imageName, labels }: Dependency): boolean =>
  matches({ name: imageName, labels: labelMap(labels) }, manifest)

/** A dependency in messages: name, labels and, where given, ID. */
function describeDependency({ imageName, imageID, labels = [] }: Dependency): string {
  const words = named(imageName, labels)
  return imageID === undefined ? words : `${words} (${shortID(imageID)})`
}

const described = ({ manifest }: StoredImage): string => named(manifest.name, manifest.labels ?? [])

const named = (name: string, labels: readonly Label[]): string => referenceOf({ name, labels: labelMap(labels) })

function cycle(way: readonly StoredImage[], again: StoredImage): RuntimeError {
  const round = [...way.slice(way.findIndex(({ id }) => id === again.id)), again]
  return new RuntimeError(
    'DEPENDENCY_CYCLE',
    `${displayName(again.manifest)}: depends on itself: ${round.map(({ manifest }) => displayName(manifest)).join(' → ')}`,
    { hint: `appc image cat-manifest ${shortID(again.id)}` },
  )
}
