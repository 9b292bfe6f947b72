import { posix } from 'node:path'
import type { DataDir } from '../data-dir.js'
import type { StoredImage } from '../store/store.js'
import { cook } from './cook.js'
import { hiddenDirectories } from './covered.js'
import type { Resolved } from './dependencies.js'
import { distinct, type Layer } from './layer.js'
import { type Recipe, renderingID } from './recipe.js'
import { openTree, type Tree } from './tree.js'

/** A stack of layers, topmost first, and the trees among them, which the caller has to release. */
export interface Assembled {
  readonly id: string
  readonly layers: readonly Layer[]
  readonly trees: readonly Tree[]
}

/**
 * A stack of more layers is made one tree. The pod init passes all layers in one option of fsconfig(2), of 255 bytes: 63
 * numbers of descriptors, one of which may be the tree of hidden directories.
 */
const MOST_LAYERS = 62

/**
 * Makes the stack of an image: its dependencies in order, itself on top; where it has a whitelist, one tree of what that leaves.
 * The images must be held against removal.
 *
 * @param onTree told of every tree at once, so that it can be released whatever happens afterwards
 */
export async function assemble(dir: DataDir, resolved: Resolved, onTree: (tree: Tree) => void): Promise<Assembled> {
  const trees: Tree[] = []
  const open = async (recipe: Recipe, stack: readonly Layer[]): Promise<Layer> => {
    const tree = await openTree(dir, recipe, (rootfs) => cook(dir, recipe, stack, rootfs))
    onTree(tree)
    trees.push(tree)
    return tree
  }
  const done = new Map<string, readonly Layer[]>()
  const stackOf = async (one: Resolved): Promise<readonly Layer[]> => {
    const stack = done.get(one.image.id) ?? (await build(one))
    done.set(one.image.id, stack)
    return stack
  }
  const build = async ({ image, dependencies }: Resolved): Promise<readonly Layer[]> => {
    const lower: Layer[] = []
    for (const dependency of dependencies) lower.unshift(...(await stackOf(dependency)))
    const stack = distinct([layerOf(image), ...lower])
    const whitelist = image.manifest.pathWhitelist ?? []
    if (whitelist.length > 0) return [await open(whitelistRecipe(stack, whitelist), stack)]
    return stack.length > MOST_LAYERS ? [await open({ kind: 'union', layers: idsOf(stack) }, stack)] : stack
  }
  const stack = await stackOf(resolved)
  const isHiding = stack.length > 1 && hiddenDirectories(stack).length > 0
  const layers = isHiding ? [await open({ kind: 'directories', layers: idsOf(stack) }, stack), ...stack] : stack
  const used = new Set(idsOf(layers))
  return { id: renderingID(idsOf(layers)), layers, trees: trees.filter(({ id }) => used.has(id)) }
}

/** An image as the layer it is. */
export const layerOf = ({ id, rootfs, impliedDirectories }: StoredImage): Layer => ({
  id,
  rootfs,
  implied: impliedDirectories,
})

const idsOf = (layers: readonly Layer[]): readonly string[] => layers.map(({ id }) => id)

const whitelistRecipe = (stack: readonly Layer[], whitelist: readonly string[]): Recipe => ({
  kind: 'whitelist',
  layers: idsOf(stack),
  keep: sorted(whitelist),
  empty: sorted(whitelist.filter((path) => path.endsWith('/'))),
})

const plain = (path: string): string => posix.resolve('/', path)

const sorted = (paths: readonly string[]): string[] => [...new Set(paths.map(plain))].sort()
