import { posix } from 'node:path'
import type { DataDir } from '../data-dir.js'
import type { StoredImage } from '../store/store.js'
import { buildTree } from './build-tree.js'
import { hiddenDirectories } from './hidden-directories.js'
import type { ResolvedImage } from './dependencies.js'
import { distinctLayers, type Layer } from './layer.js'
import { type Recipe, renderingID } from './recipe.js'
import { openTree, type Tree } from './tree.js'

/** A stack of layers, topmost first, and the trees among them, which the caller must release. */
export interface LayerStack {
  readonly id: string
  readonly layers: readonly Layer[]
  readonly trees: readonly Tree[]
}

/**
/**
 * Maximum number of layers; more are merged into one tree. The pod init passes all layers in one
 * option of fsconfig(2), which takes 255 bytes: 63 numbers of descriptors, one of which may be the
 * tree of hidden directories.
 */
const MAX_LAYERS = 62

/**
 * Assembles the stack of an image: its dependencies in order, and the image on top; if it has a
 * whitelist, one tree of the whitelisted files. The caller must have locked the images against
 * removal. Errors: those of {@link buildTree} and {@link openTree}.
 *
 * @param onTree called immediately for every opened tree, so that the caller can release it after a
 * failure
 */
export async function assemble(
  dir: DataDir,
  resolved: ResolvedImage,
  onTree: (tree: Tree) => void,
): Promise<LayerStack> {
  const trees: Tree[] = []
  const open = async (recipe: Recipe, stack: readonly Layer[]): Promise<Layer> => {
    const tree = await openTree(dir, recipe, (rootfs) => buildTree(dir, recipe, stack, rootfs))
    onTree(tree)
    trees.push(tree)
    return tree
  }
  const stacks = new Map<string, readonly Layer[]>()
  const stackOf = async (node: ResolvedImage): Promise<readonly Layer[]> => {
    const stack = stacks.get(node.image.id) ?? (await build(node))
    stacks.set(node.image.id, stack)
    return stack
  }
  const build = async ({ image, dependencies }: ResolvedImage): Promise<readonly Layer[]> => {
    const lower: Layer[] = []
    for (const dependency of dependencies) lower.unshift(...(await stackOf(dependency)))
    const stack = distinctLayers([layerOf(image), ...lower])
    const whitelist = image.manifest.pathWhitelist ?? []
    if (whitelist.length > 0) return [await open(whitelistRecipe(stack, whitelist), stack)]
    return stack.length > MAX_LAYERS ? [await open({ kind: 'union', layers: idsOf(stack) }, stack)] : stack
  }
  const stack = await stackOf(resolved)
  const hasHidden = stack.length > 1 && hiddenDirectories(stack).length > 0
  const layers = hasHidden ? [await open({ kind: 'directories', layers: idsOf(stack) }, stack), ...stack] : stack
  const used = new Set(idsOf(layers))
  return { id: renderingID(idsOf(layers)), layers, trees: trees.filter(({ id }) => used.has(id)) }
}

/** An image as a layer. */
export const layerOf = ({ id, rootfs, impliedDirectories }: StoredImage): Layer => ({
  id,
  rootfs,
  implied: impliedDirectories,
})

const idsOf = (layers: readonly Layer[]): readonly string[] => layers.map(({ id }) => id)

const whitelistRecipe = (stack: readonly Layer[], whitelist: readonly string[]): Recipe => ({
  kind: 'whitelist',
  layers: idsOf(stack),
  keep: uniquePaths(whitelist),
  empty: uniquePaths(whitelist.filter((path) => path.endsWith('/'))),
})

const normalisePath = (path: string): string => posix.resolve('/', path)

const uniquePaths = (paths: readonly string[]): string[] => [...new Set(paths.map(normalisePath))].sort()
