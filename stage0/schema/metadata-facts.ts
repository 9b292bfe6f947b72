import type { ImageManifest } from './image-manifest.js'
import type { PodManifest } from './pod-manifest.js'

/** What the metadata service of a pod tells its apps: a JSON file in the pod directory. */
export interface MetadataFacts {
  readonly uuid: string
  /** The pod manifest, as reified by stage0. */
  readonly manifest: PodManifest
  /** The image of each app, by the app's name. */
  readonly images: Readonly<Record<string, MetadataImage>>
}

export interface MetadataImage {
  readonly id: string
  readonly manifest: ImageManifest
}
