import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lenientImageManifest } from '#schema/lenient.js'
import type { DataDir } from '../data-dir.js'
import { entryOf, ids, IMAGE_DIR, inOrder, isWhole } from './read.js'
import type { StoredImage } from './stored-image.js'

/** The names of images by ID, as far as they were looked at: what an ID stands for never changes. */
export type KnownNames = Map<string, string>

/** See {@link Store.named}. Of all the others nothing is read but the manifest, and that once. */
export function named(dir: DataDir, known: KnownNames, name: string): StoredImage[] {
  const alike = ids(dir).filter((id) => {
    const own = known.get(id) ?? nameOf(dir, id)
    if (own !== undefined) known.set(id, own)
    return own === name
  })
  return inOrder(alike.flatMap((id) => entryOf(dir, id) ?? [])).filter(isWhole)
}

/** None of an image that is removed meanwhile, or whose manifest is damaged. */
function nameOf(dir: DataDir, id: string): string | undefined {
  try {
    return lenientImageManifest(readFileSync(join(dir.image(id), IMAGE_DIR.manifest), 'utf8')).name
  } catch {
    return undefined
  }
}
