import { RuntimeError } from '#schema/errors.js'
import type { Store, StoredImage } from '../store/store.js'
import { type Choice, imagesOf, resolve, type ResolvedImage } from './dependencies.js'

/** The layers of an app's root. */
export interface RenderedImage extends Disposable {
  /** Absolute rootfs directories, topmost first. */
  readonly layers: readonly string[]
  /** The IDs of the image and all its dependencies, its own first. */
  readonly images: readonly string[]
  /** The IDs of the rendered trees among the layers. */
  readonly trees: readonly string[]
  /** `deps-sha512-…`: the same for the same inputs. */
  readonly id: string
  /**
   * Releases the images and trees, which are locked against removal until then (or the process's
   * end).
   */
  readonly release: () => void
}

/**
 * Renders an image with its dependencies as a list of layers (E3), or as a tree of its whitelisted
 * files (E4). Errors: IMAGE_DAMAGED; those of {@link resolve} and {@link assemble}.
 *
 * @param choice chooses the dependencies; default: the newest matching images of the store
 */
export async function render(store: Store, image: StoredImage, choice?: Choice): Promise<RenderedImage> {
  const releases: (() => void)[] = []
  const release = (): void => {
    for (const free of releases.splice(0)) free()
  }
  try {
    const resolved = await lockImages(store, image, releases, choice)
    const images = imagesOf(resolved)
    if (images.length === 1 && (image.manifest.pathWhitelist ?? []).length === 0) {
      return renderedImage({ id: `deps-${image.id}`, layers: [image], trees: [] }, images, release)
    }
    const { assemble } = await import('./layer-stack.js')
    return renderedImage(await assemble(store.dir, resolved, (tree) => releases.push(tree.release)), images, release)
  } catch (error) {
    release()
    throw error
  }
}

interface Stack {
  readonly id: string
  readonly layers: readonly { readonly rootfs: string }[]
  readonly trees: readonly { readonly id: string }[]
}

const renderedImage = (
  { id, layers, trees }: Stack,
  images: readonly StoredImage[],
  release: () => void,
): RenderedImage => ({
  id,
  layers: layers.map(({ rootfs }) => rootfs),
  images: images.map((image) => image.id),
  trees: trees.map((tree) => tree.id),
  release,
  [Symbol.dispose]: release,
})

/**
 * Resolves the dependencies and locks all images; if one is removed in between, resolves them
 * again.
 */
async function lockImages(
  store: Store,
  image: StoredImage,
  releases: (() => void)[],
  choice: Choice | undefined,
): Promise<ResolvedImage> {
  releases.push((await store.share(image.id)).release)
  for (;;) {
    const resolved = resolve(store, image, choice && { choice })
    const dependencyReleases: (() => void)[] = []
    try {
      for (const { id } of imagesOf(resolved).slice(1)) dependencyReleases.push((await store.share(id)).release)
      releases.push(...dependencyReleases)
      return resolved
    } catch (error) {
      for (const free of dependencyReleases) free()
      if (!(error instanceof RuntimeError) || error.code !== 'IMAGE_NOT_FOUND') throw error
    }
  }
}
