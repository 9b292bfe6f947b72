import { lstatSync, mkdirSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { native } from '#native'
import { makeStaging } from '../store/staging.js'
import type { Store } from '../store/store.js'
import { layerOf } from './assemble.js'
import { cook } from './cook.js'
import type { Layer } from './layer.js'
import { isTreeID, type Recipe } from './recipe.js'
import { readTree, TREE_DIR } from './tree.js'

/** Something in a tree that is not as it should be. */
export interface TreeProblem {
  /** Absolute image path. */
  readonly path: string
  /** `missing`, `added`, `content`, `type`, `mode`, `owner`, `time` or `xattrs`. */
  readonly problem: string
}

/**
 * Compares a rendered tree with what its recipe gives now: files are links to those of the images, so another file is another
 * inode. Says nothing about the images themselves. Errors: IMAGE_NOT_FOUND where an image of the recipe is gone, IMAGE_DAMAGED.
 */
export async function verifyRendered(store: Store, id: string): Promise<readonly TreeProblem[]> {
  const facts = readTree(store.dir, id)
  if (facts === null) return [{ path: '/', problem: 'damaged: tree.json cannot be read' }]
  using staging = makeStaging(store.dir, 'verify')
  try {
    const rootfs = join(staging.path, TREE_DIR.rootfs)
    mkdirSync(rootfs, { mode: 0o755 })
    await cook(store.dir, facts.recipe, layersOf(store, facts.recipe), rootfs)
    return compare(rootfs, join(store.dir.trees, id, TREE_DIR.rootfs), facts.recipe.kind === 'directories')
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
    throw new RuntimeError('IMAGE_DAMAGED', `${id}: is not there, or not whole`, { hint: 'appc image gc' })
  }
  return { id, rootfs: join(dir.trees, id, TREE_DIR.rootfs), implied: facts.implied }
}

/**
 * Paths are bytes, kept one to a character.
 *
 * @param bare the tree has no files; its times are those of the layers at the time it was made
 */
function compare(expected: string, found: string, bare: boolean): TreeProblem[] {
  const problems: TreeProblem[] = []
  const report = (path: string, problem: string): void => {
    problems.push({ path: bytes(path === '' ? '/' : path).toString(), problem })
  }
  const visit = (path: string): void => {
    const [should, is] = [look(expected, path), look(found, path)]
    if (should === null && is === null) return
    if (should === null) report(path, 'added')
    else if (is === null) report(path, 'missing')
    else if (!should.isDirectory() && !is.isDirectory()) {
      if (should.ino !== is.ino || should.dev !== is.dev) report(path, 'content: is not the file of the image')
    } else if (should.isDirectory() !== is.isDirectory()) report(path, 'type')
    else {
      for (const problem of differences(expected, found, path, should, is)) report(path, problem)
      const names = new Set([...entries(expected, path), ...entries(found, path)])
      for (const name of [...names].sort()) visit(`${path}/${name}`)
    }
  }
  const differences = (one: string, other: string, path: string, should: Stats, is: Stats): string[] => [
    ...(should.mode === is.mode ? [] : ['mode']),
    ...(should.uid === is.uid && should.gid === is.gid ? [] : ['owner']),
    ...(bare || should.mtimeMs === is.mtimeMs ? [] : ['time']),
    ...(attributes(one, path) === attributes(other, path) ? [] : ['xattrs']),
  ]
  visit('')
  return problems
}

const bytes = (path: string): Buffer => Buffer.from(path, 'latin1')
const at = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(root), bytes(path)])
const look = (root: string, path: string): Stats | null => lstatSync(at(root, path), { throwIfNoEntry: false }) ?? null
const entries = (root: string, path: string): string[] => readdirSync(at(root, path), { encoding: 'latin1' })
const attributes = (root: string, path: string): string =>
  native
    .xattrs(at(root, path))
    .map(({ name, value }) => `${name}=${value.toString('hex')}`)
    .join()
