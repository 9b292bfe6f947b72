import type { Problem } from './check.js'
import { Place, type Parser } from './check.js'
import { imageManifest, type ImageManifest } from './image-manifest.js'
import { oneLine } from './manifest-error.js'
import { podManifest, type PodManifest } from './pod-manifest.js'

/**
 * Warnings about allowed content of a manifest (an older version of the specification, an unknown
 * isolator, an `arch` without `os`): one line each, with its path.
 */
export function warnings(manifest: ImageManifest | PodManifest): string[] {
  const at = new Place()
  parserOf(manifest)(manifest, at)
  return linesOf(at.notes)
}

/** Notes as lines. */
export const linesOf = (notes: readonly Problem[]): string[] => notes.map(oneLine)

/** The document parser for the kind of a manifest. */
export const parserOf = (manifest: ImageManifest | PodManifest): Parser<ImageManifest | PodManifest> =>
  manifest.acKind === 'ImageManifest' ? imageManifest : podManifest
