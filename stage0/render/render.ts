import { RuntimeError } from '#schema/errors.js'
import type { Store, StoredImage } from '../store/store.js'
import { type Choice, imagesOf, resolve, type Resolved } from './dependencies.js'

/** What an app's root is made of. */
export interface Rendered extends Disposable {
  /** Absolute rootfs directories, topmost first. */
  readonly layers: readonly string[]
  /** The ID of every image it stands on, its own first. */
  readonly images: readonly string[]
  /** The IDs of the rendered trees among the layers. */
  readonly trees: readonly string[]
  /** `deps-sha512-…`: the same inputs give the same. */
  readonly id: string
  /** Lets go of the images and trees, which are held against removal until then (or the end of the process). */
  readonly release: () => void
}

/**
 * Assembles an image with its dependencies as a list of layers (E3), or as a tree of what its whitelist leaves (E4).
 * Errors: those of {@link resolve}, IMAGE_DAMAGED.
 *
 * @param choice which images count; else the newest of the store that fit
 */
export async function render(store: Store, image: StoredImage, choice?: Choice): Promise<Rendered> {
  const held: (() => void)[] = []
  const release = (): void => {
    for (const free of held.splice(0)) free()
  }
  try {
    const resolved = await hold(store, image, held, choice)
    const images = imagesOf(resolved)
    if (images.length === 1 && (image.manifest.pathWhitelist ?? []).length === 0) {
      return rendered({ id: `deps-${image.id}`, layers: [image], trees: [] }, images, release)
    }
    const { assemble } = await import('./layer-stack.js')
    return rendered(await assemble(store.dir, resolved, (tree) => held.push(tree.release)), images, release)
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

const rendered = ({ id, layers, trees }: Stack, images: readonly StoredImage[], release: () => void): Rendered => ({
  id,
  layers: layers.map(({ rootfs }) => rootfs),
  images: images.map((one) => one.id),
  trees: trees.map((one) => one.id),
  release,
  [Symbol.dispose]: release,
})

/** Finds the dependencies and holds every image; where one is removed in between, looks once more for what there is instead. */
async function hold(
  store: Store,
  image: StoredImage,
  held: (() => void)[],
  choice: Choice | undefined,
): Promise<Resolved> {
  held.push((await store.share(image.id)).release)
  for (;;) {
    const resolved = resolve(store, image, choice && { choice })
    const others: (() => void)[] = []
    try {
      for (const { id } of imagesOf(resolved).slice(1)) others.push((await store.share(id)).release)
      held.push(...others)
      return resolved
    } catch (error) {
      for (const free of others) free()
      if (!(error instanceof RuntimeError) || error.code !== 'IMAGE_NOT_FOUND') throw error
    }
  }
}
