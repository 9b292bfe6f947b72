import { chmodSync, mkdirSync, utimesSync } from 'node:fs'
import { join, posix } from 'node:path'
import { RuntimeError, isErrno, messageOf } from '#schema/errors.js'
import { native, type TreeLayer } from '#native'
import type { DataDir } from '../data-dir.js'
import { makeStaging } from '../store/staging.js'
import { hiddenDirectories, restoreHidden } from './hidden-directories.js'
import type { Layer } from './layer.js'
import type { Recipe } from './recipe.js'

/**
 * Builds the tree of a recipe in an empty directory; `stack` has the recipe's layers, topmost
 * first. Returns the directories that are only implied. Files are hard links, so only directories
 * need space. Errors: IMAGE_DAMAGED where a layer lacks a file, FILE_UNREADABLE.
 */
export async function buildTree(
  dir: DataDir,
  recipe: Recipe,
  stack: readonly Layer[],
  rootfs: string,
): Promise<readonly string[]> {
  if (recipe.kind === 'directories') {
    restoreHidden(rootfs, stack, hiddenDirectories(stack))
    return []
  }
  const layers = [...stack].reverse().map(({ rootfs: tree, implied }) => ({ tree, impliedDirectories: implied }))
  if (recipe.kind === 'union') return await merge(layers, rootfs, null)
  const { keep, empty } = recipe
  if (empty.length === 0) return await merge(layers, rootfs, keep)
  return await withGround(dir, empty, (ground) => merge([ground, ...layers], rootfs, keep))
}

async function merge(
  layers: readonly TreeLayer[],
  rootfs: string,
  keep: readonly string[] | null,
): Promise<readonly string[]> {
  try {
    return (await native.mergeTrees(layers, rootfs, 'link', keep)).impliedDirectories
  } catch (cause) {
    const code = isErrno(cause, 'ENOENT') ? 'IMAGE_DAMAGED' : 'FILE_UNREADABLE'
    throw new RuntimeError(code, `image tree: ${messageOf(cause)}`, {
      ...(code === 'IMAGE_DAMAGED' && { hint: 'appc image verify --all' }),
      cause,
    })
  }
}

/**
 * Calls `use` with a lowest layer that contains `paths`: the paths of a whitelist that end with a
 * slash, which must exist in any case. They are created in an empty directory, where no symlink of
 * an image can redirect them.
 */
async function withGround<T>(
  dir: DataDir,
  paths: readonly string[],
  use: (ground: TreeLayer) => Promise<T>,
): Promise<T> {
  using staging = makeStaging(dir, 'ground')
  try {
    const implied = new Set<string>(['/'])
    for (const path of paths) {
      mkdirSync(join(staging.path, path), { recursive: true, mode: 0o755 })
      for (let ancestor = path; ancestor !== '/'; ancestor = posix.dirname(ancestor)) implied.add(ancestor)
    }
    chmodSync(staging.path, 0o755)
    // a fixed time, so that every tree of the recipe is the same
    for (const path of implied) utimesSync(join(staging.path, path), 0, 0)
    return await use({ tree: staging.path, impliedDirectories: [...implied] })
  } finally {
    native.removeTree(staging.path)
  }
}
