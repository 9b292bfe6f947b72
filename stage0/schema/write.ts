import { Place } from './check.js'
import type { ImageManifest } from './image-manifest.js'
import { ManifestError } from './manifest-error.js'
import { parserOf } from './manifest-warnings.js'
import type { PodManifest } from './pod-manifest.js'

/**
 * A manifest as compact JSON text, including unknown fields. It is validated first, so that the
 * text can be parsed again. Errors: {@link ManifestError}.
 */
export function formatManifest(manifest: ImageManifest | PodManifest): string {
  const at = new Place()
  const checked = parserOf(manifest)(JSON.parse(JSON.stringify(manifest)) as unknown, at)
  if (checked === null) throw new ManifestError(`${manifest.acKind} to be written`, at.problems, manifest.acKind)
  return JSON.stringify(checked)
}
