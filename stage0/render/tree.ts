import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '#schema/check.js'
import { isErrno } from '#schema/errors.js'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { syncDirectory, writeDurable } from '../files/durable.js'
import { lockWhenFree } from '../files/lock.js'
import { moveIn } from '../files/move-in.js'
import { removeAtomically } from '../files/remove-atomically.js'
import { runUnlessLocked } from '../files/run-unless-locked.js'
import { makeStaging } from '../store/staging.js'
import type { Layer } from './layer.js'
import { type Recipe, treeID } from './recipe.js'

/** A tree that is locked against removal. */
export interface Tree extends Layer {
  readonly release: () => void
}

/** The files of a tree's directory; `tree.json` is written last. */
export const TREE_DIR = { rootfs: 'rootfs', facts: 'tree.json' } as const

/** The content of `tree.json`. */
export interface TreeFacts {
  readonly recipe: Recipe
  readonly implied: readonly string[]
}

/**
 * Opens the tree of a recipe, and builds it first if it does not exist. Several processes may open
 * the same tree at the same time. Errors: those of `fill`.
 *
 * @param fill writes the files into the given empty directory and returns the directories that are
 * only implied
 */
export async function openTree(
  dir: DataDir,
  recipe: Recipe,
  fill: (rootfs: string) => Promise<readonly string[]>,
): Promise<Tree> {
  const id = treeID(recipe)
  for (;;) {
    const lock = await shareTree(dir, id)
    if (lock === null) {
      await makeTree(dir, id, async (path) => ({ recipe, implied: await fill(path) }))
      continue
    }
    const facts = readTree(dir, id)
    if (facts !== null) {
      return { id, rootfs: join(dir.trees, id, TREE_DIR.rootfs), implied: facts.implied, release: lock.release }
    }
    lock.release()
    discardTree(dir, id)
  }
}

/** The facts of a tree; null if it is missing or incomplete. */
export function readTree(dir: DataDir, id: string): TreeFacts | null {
  try {
    const facts: unknown = JSON.parse(readFileSync(join(dir.trees, id, TREE_DIR.facts), 'utf8'))
    if (!isObject(facts) || !Array.isArray(facts['implied']) || !isObject(facts['recipe'])) return null
    const { recipe, implied } = facts as unknown as TreeFacts
    return treeID(recipe) === id ? { recipe, implied } : null
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, 'ENOENT')) return null
    throw error
  }
}

/**
 * Builds a tree in staging and renames it into place; if several processes do this, the first one
 * wins.
 */
async function makeTree(dir: DataDir, id: string, fill: (rootfs: string) => Promise<TreeFacts>): Promise<void> {
  const staging = makeStaging(dir, 'render')
  let moved = false
  try {
    const rootfs = join(staging.path, TREE_DIR.rootfs)
    mkdirSync(rootfs, { mode: 0o755 })
    const facts = await fill(rootfs)
    await native.syncFileSystem(staging.path)
    writeDurable(join(staging.path, TREE_DIR.facts), `${JSON.stringify(facts)}\n`)
    syncDirectory(staging.path)
    moved = moveIn(staging.path, join(dir.trees, id))
  } finally {
    if (!moved) native.removeTree(staging.path)
    staging.release()
  }
}

/**
 * Locks a tree against removal; null if there is none. Waits only for a process that moves in or
 * removes it.
 */
export async function shareTree(dir: DataDir, id: string): Promise<{ readonly release: () => void } | null> {
  const lock = await lockWhenFree(join(dir.trees, id), 'shared')
  return typeof lock === 'string' ? null : lock
}

/**
 * Removes a tree. False if a process has locked it, if `isNeeded` returns true, or if it does not
 * exist.
 */
export function discardTree(dir: DataDir, id: string, isNeeded: () => boolean = () => false): boolean {
  const path = join(dir.trees, id)
  return runUnlessLocked(path, () => {
    if (isNeeded()) return false
    removeAtomically(path, dir.tmp)
    return true
  })
}
