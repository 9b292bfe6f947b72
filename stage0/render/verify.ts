import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { makeStaging } from '../store/staging.js'
import type { Store } from '../store/store.js'
import { layerOf } from './layer-stack.js'
import { compareTrees, type TreeProblem } from './compare-trees.js'
import { buildTree } from './build-tree.js'
import type { Layer } from './layer.js'
import { isTreeID, type Recipe } from './recipe.js'
import { readTree, shareTree, TREE_DIR } from './tree.js'

/**
 * Compares a rendered tree with a new build of its recipe. Its files are links to the images'
 * files, or to those of the same images before they were removed and fetched again. The images
 * themselves are not checked. Null if the tree does not exist. Errors: IMAGE_NOT_FOUND where an
 * image or a tree of the recipe does not exist, IMAGE_DAMAGED.
 */
export async function verifyRendered(store: Store, id: string): Promise<readonly TreeProblem[] | null> {
  const locks: { readonly release: () => void }[] = []
  try {
    if (!(await lockTree(store, id, locks))) return null
    return await compareLocked(store, id)
  } finally {
    for (const { release } of locks) release()
  }
}

/** Locks a tree and all its layers; false if there is no such tree. Errors: IMAGE_NOT_FOUND. */
async function lockTree(store: Store, id: string, locks: { readonly release: () => void }[]): Promise<boolean> {
  const tree = await shareTree(store.dir, id)
  if (tree === null) return false
  locks.push(tree)
  for (const layer of readTree(store.dir, id)?.recipe.layers ?? []) {
    if (!isTreeID(layer)) locks.push(await store.share(layer))
    else if (!(await lockTree(store, layer, locks))) throw new RuntimeError('IMAGE_NOT_FOUND', `${layer}: no such tree`)
  }
  return true
}

async function compareLocked(store: Store, id: string): Promise<readonly TreeProblem[]> {
  const facts = readTree(store.dir, id)
  if (facts === null) return [{ path: '/', problem: 'damaged: tree.json cannot be read' }]
  using staging = makeStaging(store.dir, 'verify')
  try {
    const rootfs = join(staging.path, TREE_DIR.rootfs)
    mkdirSync(rootfs, { mode: 0o755 })
    await buildTree(store.dir, facts.recipe, layersOf(store, facts.recipe), rootfs)
    const implied = new Set(facts.implied)
    // a tree without files has the times that the layers had when it was built
    const isTimeless = (path: string): boolean => facts.recipe.kind === 'directories' || implied.has(path)
    return compareTrees(rootfs, join(store.dir.trees, id, TREE_DIR.rootfs), isTimeless)
  } finally {
    native.removeTree(staging.path)
  }
}

/** The IDs of all images of a recipe, also through the recipes of its layers. */
export function imagesIn(store: Pick<Store, 'dir'>, { layers }: Recipe): ReadonlySet<string> {
  const images = new Set<string>()
  for (const id of layers) {
    if (!isTreeID(id)) images.add(id)
    else for (const imageID of imagesIn(store, readTree(store.dir, id)?.recipe ?? EMPTY_RECIPE)) images.add(imageID)
  }
  return images
}

const EMPTY_RECIPE: Recipe = { kind: 'union', layers: [] }

const layersOf = (store: Store, { layers }: Recipe): Layer[] =>
  layers.map((id) => (isTreeID(id) ? treeLayer(store, id) : layerOf(store.get(id))))

function treeLayer({ dir }: Store, id: string): Layer {
  const facts = readTree(dir, id)
  if (facts === null) {
    throw new RuntimeError('IMAGE_DAMAGED', `${id}: is not whole`, { hint: 'appc image gc' })
  }
  return { id, rootfs: join(dir.trees, id, TREE_DIR.rootfs), implied: facts.implied }
}
