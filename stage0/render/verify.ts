import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { makeStaging } from '../store/staging.js'
import type { Store } from '../store/store.js'
import { layerOf } from './layer-stack.js'
import { compareTrees, type TreeProblem } from './compare-trees.js'
import { cook } from './cook.js'
import type { Layer } from './layer.js'
import { isTreeID, type Recipe } from './recipe.js'
import { readTree, shareTree, TREE_DIR } from './tree.js'

/**
 * Compares a rendered tree with what its recipe gives now. Its files are links to those of the images, or of the same images before they
 * were removed and fetched again. Says nothing about the images themselves. Null where the tree is gone. Errors: IMAGE_NOT_FOUND where an image or a tree of
 * the recipe is gone, IMAGE_DAMAGED.
 */
export async function verifyRendered(store: Store, id: string): Promise<readonly TreeProblem[] | null> {
  const held: { readonly release: () => void }[] = []
  try {
    if (!(await holdTree(store, id, held))) return null
    return await compareHeld(store, id)
  } finally {
    for (const { release } of held) release()
  }
}

/** Holds a tree and all it is made of; false where there is no such tree. Errors: IMAGE_NOT_FOUND. */
async function holdTree(store: Store, id: string, held: { readonly release: () => void }[]): Promise<boolean> {
  const tree = await shareTree(store.dir, id)
  if (tree === null) return false
  held.push(tree)
  for (const layer of readTree(store.dir, id)?.recipe.layers ?? []) {
    if (!isTreeID(layer)) held.push(await store.share(layer))
    else if (!(await holdTree(store, layer, held))) throw new RuntimeError('IMAGE_NOT_FOUND', `${layer}: no such tree`)
  }
  return true
}

async function compareHeld(store: Store, id: string): Promise<readonly TreeProblem[]> {
  const facts = readTree(store.dir, id)
  if (facts === null) return [{ path: '/', problem: 'damaged: tree.json cannot be read' }]
  using staging = makeStaging(store.dir, 'verify')
  try {
    const rootfs = join(staging.path, TREE_DIR.rootfs)
    mkdirSync(rootfs, { mode: 0o755 })
    await cook(store.dir, facts.recipe, layersOf(store, facts.recipe), rootfs)
    const implied = new Set(facts.implied)
    // a tree without files has the times of the layers as they were when it was made
    const isTimeless = (path: string): boolean => facts.recipe.kind === 'directories' || implied.has(path)
    return compareTrees(rootfs, join(store.dir.trees, id, TREE_DIR.rootfs), isTimeless)
  } finally {
    native.removeTree(staging.path)
  }
}

/** The IDs of the images that a recipe and those of its layers are made of. */
export function imagesIn(store: Pick<Store, 'dir'>, { layers }: Recipe): ReadonlySet<string> {
  const images = new Set<string>()
  for (const id of layers) {
    if (!isTreeID(id)) images.add(id)
    else for (const one of imagesIn(store, readTree(store.dir, id)?.recipe ?? NOTHING)) images.add(one)
  }
  return images
}

const NOTHING: Recipe = { kind: 'union', layers: [] }

const layersOf = (store: Store, { layers }: Recipe): Layer[] =>
  layers.map((id) => (isTreeID(id) ? treeLayer(store, id) : layerOf(store.get(id))))

function treeLayer({ dir }: Store, id: string): Layer {
  const facts = readTree(dir, id)
  if (facts === null) {
    throw new RuntimeError('IMAGE_DAMAGED', `${id}: is not whole`, { hint: 'appc image gc' })
  }
  return { id, rootfs: join(dir.trees, id, TREE_DIR.rootfs), implied: facts.implied }
}
