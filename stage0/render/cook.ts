import { chmodSync, mkdirSync, utimesSync } from 'node:fs'
import { join, posix } from 'node:path'
import { RuntimeError, isErrno, messageOf } from '#schema/errors.js'
import { native, type TreeLayer } from '#native'
import type { DataDir } from '../data-dir.js'
import { makeStaging } from '../store/staging.js'
import { hiddenDirectories, uncover } from './covered.js'
import type { Layer } from './layer.js'
import type { Recipe } from './recipe.js'

/**
 * Fills an empty directory with the tree of a recipe, whose layers are given topmost first; tells what of it is only implied.
 * Files are hard links, so it costs what directories cost. Errors: IMAGE_DAMAGED where a layer lacks something.
 */
export async function cook(
  dir: DataDir,
  recipe: Recipe,
  stack: readonly Layer[],
  rootfs: string,
): Promise<readonly string[]> {
  if (recipe.kind === 'directories') {
    uncover(rootfs, stack, hiddenDirectories(stack))
    return []
  }
  const layers = [...stack].reverse().map(({ rootfs: tree, implied }) => ({ tree, impliedDirectories: implied }))
  if (recipe.kind === 'union') return await merge(layers, rootfs, null)
  const { keep, empty } = recipe
  if (empty.length === 0) return await merge(layers, rootfs, keep)
  return await onGround(dir, empty, (ground) => merge([ground, ...layers], rootfs, keep))
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
 * Paths of a whitelist that end with a slash are there in any case. They come as the lowest layer, in which no link
 * of an image can lead astray.
 */
async function onGround<T>(dir: DataDir, paths: readonly string[], use: (ground: TreeLayer) => Promise<T>): Promise<T> {
  using staging = makeStaging(dir, 'ground')
  try {
    const implied = new Set<string>(['/'])
    for (const path of paths) {
      mkdirSync(join(staging.path, path), { recursive: true, mode: 0o755 })
      for (let one = path; one !== '/'; one = posix.dirname(one)) implied.add(one)
    }
    chmodSync(staging.path, 0o755)
    // the same in every tree of the recipe
    for (const path of implied) utimesSync(join(staging.path, path), 0, 0)
    return await use({ tree: staging.path, impliedDirectories: [...implied] })
  } finally {
    native.removeTree(staging.path)
  }
}
