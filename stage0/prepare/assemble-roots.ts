import type { Choice } from '../render/dependencies.js'
import { render, type RenderedImage } from '../render/render.js'
import { markUsed } from '../store/last-used.js'
import type { Store, StoredImage } from '../store/store.js'
import type { PodContents } from './contents.js'
import { refuseOwnSources } from './host-volumes.js'
import { overlayProblem } from './overlay.js'

/** A pod with the assembled roots of its apps, which are held against removal. */
export interface AssembledPod extends PodContents {
  readonly roots: ReadonlyMap<string, RenderedImage>
  /** The roots are copied instead of overlaid. */
  readonly copied: boolean
}

/** The options of {@link assembleRoots}. */
export interface AssembleOptions {
  /**
   * The dependencies to use for an image; undefined means the newest matching ones of the store.
   */
  readonly choiceOf?: (image: StoredImage) => Choice | undefined
  /** Copy the roots even where overlays work. */
  readonly copy: boolean
  /** Called with the reason if the roots are copied because overlays do not work. */
  readonly warn: (message: string) => void
}

/**
 * Renders the root of every app and records the use of its images. The roots' images and trees are
 * held against removal until the process ends. Errors: VOLUME_INVALID; those of {@link render}.
 */
export async function assembleRoots(
  store: Store,
  contents: PodContents,
  options: AssembleOptions,
): Promise<AssembledPod> {
  refuseOwnSources(store.dir.root, contents.manifest)
  const byImage = new Map<string, RenderedImage>()
  const roots = new Map<string, RenderedImage>()
  for (const [app, image] of contents.images) {
    const root = byImage.get(image.id) ?? (await render(store, image, options.choiceOf?.(image)))
    byImage.set(image.id, root)
    roots.set(app, root)
  }
  markUsed(store.dir, [...new Set([...byImage.values()].flatMap(({ images }) => images))])
  return { ...contents, roots, copied: options.copy || !canOverlay(store, options.warn) }
}

function canOverlay({ dir }: Store, warn: (message: string) => void): boolean {
  const problem = overlayProblem(dir)
  if (problem === null) return true
  warn(`${dir.root}: overlays do not work here (${problem}): the roots of the apps are copied`)
  return false
}
