import { lstatSync, mkdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import { ignoreMissing } from '../files/missing.js'
import type { Layer } from './layer.js'

/**
 * A directory of a stack whose owner, mode and xattrs are hidden. `path`: in the image; `from`: the
 * directory that has them.
 */
export interface HiddenDirectory {
  readonly path: string
  readonly from: string
}

/**
 * Finds the directories of a stack (topmost first) whose metadata is hidden by a layer whose
 * archive does not name them: unpacking that archive over the other layers would have left their
 * metadata unchanged.
 */
export function hiddenDirectories(layers: readonly Layer[]): readonly HiddenDirectory[] {
  const lookups = layers.map(lookupIn)
  const impliedSets = layers.map(({ implied }) => new Set(implied))
  const isNamed = (index: number, path: string): boolean => impliedSets[index]?.has(path) !== true
  return [...new Set(layers.flatMap(({ implied }) => implied))].sort().flatMap((path): HiddenDirectory[] => {
    const found = layers.map((layer, index) => ({
      path: join(layer.rootfs, path),
      isNamed: isNamed(index, path),
      entry: lookups[index]?.(path) ?? null,
    }))
    const present = found.filter(({ entry }) => entry !== null)
    // an entry that is no directory hides everything below it
    const end = present.findIndex(({ entry }) => entry === 'other')
    const directories = end < 0 ? present : present.slice(0, end)
    const [top] = directories
    const topNamed = directories.find((directory) => directory.isNamed)
    if (top === undefined || topNamed === undefined || top === topNamed || hasSameMetadata(top, topNamed)) return []
    return [{ path, from: topNamed.path }]
  })
}

/**
 * Creates a tree at `rootfs` with only the hidden directories and their parents. On top of the
 * stack, it makes their metadata visible again.
 */
export function restoreHidden(rootfs: string, layers: readonly Layer[], hidden: readonly HiddenDirectory[]): void {
  const from = new Map(hidden.map((directory) => [directory.path, directory.from]))
  const lookups = layers.map(lookupIn)
  const paths = [...new Set(hidden.flatMap(({ path }) => withParents(path)))].sort()
  for (const path of paths) if (path !== '/') mkdirSync(join(rootfs, path), { mode: 0o700 })
  // children first, because creating a child changes its parent's times
  for (const path of paths.reverse()) {
    const top = layers[lookups.findIndex((lookUp) => lookUp(path) !== null)]
    const source = from.get(path) ?? (top && join(top.rootfs, path))
    if (source !== undefined) native.copyMetadata(source, join(rootfs, path))
  }
}

/**
 * The entry of a layer at a path: a directory, `other` if it or a parent is no directory, or null.
 */
type Lookup = (path: string) => Stats | 'other' | null

function lookupIn({ rootfs }: Layer): Lookup {
  const cache = new Map<string, ReturnType<Lookup>>()
  const lookUp: Lookup = (path) => {
    const cached = cache.get(path)
    if (cached !== undefined) return cached
    const parent = path === '/' ? undefined : lookUp(parentOf(path))
    const found = parent === null || parent === 'other' ? parent : readEntry(join(rootfs, path))
    cache.set(path, found)
    return found
  }
  return lookUp
}

function readEntry(path: string): Stats | 'other' | null {
  const stats = ignoreMissing(() => lstatSync(path), null)
  return stats === null || stats.isDirectory() ? stats : 'other'
}

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

const withParents = (path: string): string[] => (path === '/' ? ['/'] : [...withParents(parentOf(path)), path])

interface FoundEntry {
  readonly path: string
  readonly entry: ReturnType<Lookup>
}

/** Whether two directories are equal except for their times. */
function hasSameMetadata(left: FoundEntry, right: FoundEntry): boolean {
  if (!isStats(left.entry) || !isStats(right.entry)) return false
  if (left.entry.mode !== right.entry.mode || left.entry.uid !== right.entry.uid || left.entry.gid !== right.entry.gid)
    return false
  const [leftAttributes, rightAttributes] = [native.xattrs(left.path), native.xattrs(right.path)]
  return (
    leftAttributes.length === rightAttributes.length &&
    leftAttributes.every(
      ({ name, value }, index) => name === rightAttributes[index]?.name && value.equals(rightAttributes[index].value),
    )
  )
}

const isStats = (entry: ReturnType<Lookup>): entry is Stats => entry !== null && entry !== 'other'
