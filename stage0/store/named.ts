import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lenientImageManifest } from '#schema/lenient.js'
import type { DataDir } from '../data-dir.js'
import { entryOf, ids, IMAGE_DIR, inOrder, isWhole } from './read.js'
import type { StoredImage } from './stored-image.js'

/** A cache of image names by ID: the image of an ID never changes. */
export type NameCache = Map<string, string>

/**
 * See {@link Store.named}. Of images with other names, only the manifest is read, and only once.
 */
export function named(dir: DataDir, cache: NameCache, name: string): StoredImage[] {
  const matchingIDs = ids(dir).filter((id) => {
    const imageName = cache.get(id) ?? nameOf(dir, id)
    if (imageName !== undefined) cache.set(id, imageName)
    return imageName === name
  })
  return inOrder(matchingIDs.flatMap((id) => entryOf(dir, id) ?? [])).filter(isWhole)
}

/** The name of an image; undefined if it was removed in the meantime or its manifest is damaged. */
function nameOf(dir: DataDir, id: string): string | undefined {
  try {
    return lenientImageManifest(readFileSync(join(dir.image(id), IMAGE_DIR.manifest), 'utf8')).name
  } catch {
    return undefined
  }
}
