import { readdirSync, statSync } from 'node:fs'
import { RuntimeError } from '#schema/errors.js'
import { imageKeepers, imagesOfPods } from '../store/image-users.js'
import { isDamaged, isWhole, type StoredEntry } from '../store/read.js'
import type { Store, StoredImage } from '../store/store.js'
import { imagesOf, resolve } from './dependencies.js'
import { isTreeID } from './recipe.js'
import { discardTree, readTree } from './tree.js'

/** An image or tree that the collector removed. */
export interface Collected {
  readonly kind: 'image' | 'tree'
  readonly id: string
}

/** What was removed, and the errors with single images and trees. */
export interface Collection {
  readonly removed: readonly Collected[]
  readonly failures: readonly unknown[]
}

/**
 * Removes the images that were not used for `gracePeriod` milliseconds, that no pod in any state
 * needs, and on which no kept image depends; then the rendered trees that no pod needs. Images and
 * trees that another process has locked are kept.
 */
export function collectImages(store: Store, gracePeriod: number, now: Date = new Date()): Collection {
  const removed: Collected[] = []
  const failures: unknown[] = []
  const attempt = (kind: Collected['kind'], id: string, remove: () => boolean): void => {
    try {
      if (remove()) removed.push({ kind, id })
    } catch (error) {
      failures.push(error)
    }
  }
  const entries = store.list()
  const kept = keptImages(entries, imagesOfPods(store.dir), (entry) => now.getTime() - lastUse(entry) < gracePeriod)
  for (const { id } of entries.filter((entry) => !kept.has(entry.id)))
    attempt('image', id, () => removeImage(store, id))
  const keptTreeIDs = keptTrees(store, imagesOfPods(store.dir))
  for (const id of readdirSync(store.dir.trees).filter((name) => isTreeID(name) && !keptTreeIDs.has(name))) {
    // checked again under the lock, because a new pod may use it by now
    attempt('tree', id, () => discardTree(store.dir, id, () => imagesOfPods(store.dir).has(id)))
  }
  return { removed, failures }
}

/** The images that pods need or that were used recently, and all their dependencies. */
function keptImages(
  entries: readonly StoredEntry[],
  needed: ReadonlySet<string>,
  isYoung: (entry: StoredEntry) => boolean,
): ReadonlySet<string> {
  const kept = new Set(entries.filter((entry) => needed.has(entry.id) || isYoung(entry)).map(({ id }) => id))
  const whole = entries.filter(isWhole)
  const images = {
    named: (name: string) => whole.filter(({ manifest }) => manifest.name === name),
    get: (id: string) => whole.find((image) => image.id === id) ?? missing(id),
  }
  for (const image of whole.filter(({ id }) => kept.has(id))) {
    for (const id of dependenciesOf(images, image)) kept.add(id)
  }
  return kept
}

type Images = Parameters<typeof resolve>[0]

const missing = (id: string): never => {
  throw new RuntimeError('IMAGE_NOT_FOUND', `${id}: no such image`, { hint: 'appc image list' })
}

/**
 * The IDs of an image's dependencies; empty if they cannot be resolved, because such an image
 * cannot be rendered.
 */
function dependenciesOf(images: Images, image: StoredImage): readonly string[] {
  try {
    return imagesOf(resolve(images, image, { onMissing: () => undefined })).map(({ id }) => id)
  } catch (error) {
    if (error instanceof RuntimeError) return []
    throw error
  }
}

/**
 * The time of the last use, in ms since 1970; for a damaged image, the change time of its
 * directory.
 */
function lastUse(entry: StoredEntry): number {
  if (isDamaged(entry)) return statSync(entry.directory, { throwIfNoEntry: false })?.ctimeMs ?? 0
  return Math.max(entry.importedAt.getTime(), entry.lastUsedAt?.getTime() ?? 0)
}

function removeImage(store: Store, id: string): boolean {
  try {
    store.remove(id, (imageID) => imageKeepers(store.dir, imageID))
    return true
  } catch (error) {
    if (error instanceof RuntimeError && (error.code === 'IMAGE_IN_USE' || error.code === 'IMAGE_NOT_FOUND'))
      return false
    throw error
  }
}

/**
 * The trees that pods need, and the trees that these are built from, so that building them again is
 * cheap.
 */
function keptTrees({ dir }: Store, needed: ReadonlySet<string>): ReadonlySet<string> {
  const kept = new Set<string>()
  const keep = (id: string): void => {
    if (!isTreeID(id) || kept.has(id)) return
    kept.add(id)
    readTree(dir, id)?.recipe.layers.forEach(keep)
  }
  needed.forEach(keep)
  return kept
}
