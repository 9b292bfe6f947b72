import { acIdentifier } from './ac-identifier.js'
import { acKind, missingKind } from './ac-kind.js'
import { acVersion } from './ac-version.js'
import { annotations, type Annotation } from './annotations.js'
import { app, type App } from './app.js'
import { absolutePath, list } from './check.js'
import { object, optional, required } from './check-object.js'
import { dependencies, type Dependency } from './dependency.js'
import { labels, valueOf, type Label } from './labels.js'
import { readDocument } from './read-document.js'

/** An image manifest (SPEC M1…M18). Unknown fields are kept. */
export interface ImageManifest {
  readonly acKind: 'ImageManifest'
  readonly acVersion: string
  readonly name: string
  readonly labels?: readonly Label[]
  readonly app?: App
  readonly dependencies?: readonly Dependency[]
  /** Absolute paths; an empty list means everything, like an absent one (SPEC M15). */
  readonly pathWhitelist?: readonly string[]
  readonly annotations?: readonly Annotation[]
}

/** The parser of the whole document, for {@link readDocument} and writing. */
export const imageManifest = object<ImageManifest>({
  acKind: required(acKind('ImageManifest'), missingKind('ImageManifest')),
  acVersion: required(acVersion, 'acVersion must be set'),
  name: required(acIdentifier, 'name must be set'),
  labels: optional(labels),
  app: optional(app),
  dependencies: optional(dependencies),
  pathWhitelist: optional(list(absolutePath)),
  annotations: optional(annotations),
})

/**
 * Parses an image manifest. Errors: {@link ManifestError} with every problem and its path.
 *
 * @param source the text, or its bytes (UTF-8)
 * @param subject the document's name in errors: a file name, an image ID, …
 */
export const parseImageManifest = (source: string | Uint8Array, subject: string): ImageManifest =>
  readDocument(source, subject, 'ImageManifest', imageManifest)

/** The value of one of the image's labels: `label(manifest, 'version')`. */
export const label = (manifest: Pick<ImageManifest, 'labels'>, name: string): string | undefined =>
  valueOf(manifest.labels, name)

/** The value of one of the image's annotations. */
export const annotation = (manifest: Pick<ImageManifest, 'annotations'>, name: string): string | undefined =>
  valueOf(manifest.annotations, name)
