import { lstatSync, mkdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { native } from '#native'
import { ignoreMissing } from '../files/missing.js'
import type { Layer } from './layer.js'

/** A directory of a stack whose owner, mode and attributes are hidden: `path` as the image sees it, `from` where they are. */
export interface Hidden {
  readonly path: string
  readonly from: string
}

/**
 * Finds the directories of a stack (topmost first) that a layer covers though its archive never named them: unpacking
 * that archive over the others would have left them as they were.
 */
export function hiddenDirectories(layers: readonly Layer[]): readonly Hidden[] {
  const looks = layers.map(looker)
  const silent = layers.map(({ implied }) => new Set(implied))
  const says = (index: number, path: string): boolean => silent[index]?.has(path) !== true
  return [...new Set(layers.flatMap(({ implied }) => implied))].sort().flatMap((path): Hidden[] => {
    const found = layers.map((layer, index) => ({
      at: join(layer.rootfs, path),
      says: says(index, path),
      has: looks[index]?.(path) ?? null,
    }))
    const seen = found.filter(({ has }) => has !== null)
    // what is no directory hides all below it
    const end = seen.findIndex(({ has }) => has === 'other')
    const directories = end < 0 ? seen : seen.slice(0, end)
    const [top] = directories
    const named = directories.find((one) => one.says)
    if (top === undefined || named === undefined || top === named || isAlike(top, named)) return []
    return [{ path, from: named.at }]
  })
}

/** Makes a tree at `rootfs` of nothing but the hidden directories and those above them: on top of the stack it shows them again. */
export function uncover(rootfs: string, layers: readonly Layer[], hidden: readonly Hidden[]): void {
  const from = new Map(hidden.map((one) => [one.path, one.from]))
  const looks = layers.map(looker)
  const paths = [...new Set(hidden.flatMap(({ path }) => withParents(path)))].sort()
  for (const path of paths) if (path !== '/') mkdirSync(join(rootfs, path), { mode: 0o700 })
  // children first: making one changes its parent's times
  for (const path of paths.reverse()) {
    const top = layers[looks.findIndex((look) => look(path) !== null)]
    const source = from.get(path) ?? (top && join(top.rootfs, path))
    if (source !== undefined) native.copyMetadata(source, join(rootfs, path))
  }
}

/** What a layer has at a path: a directory, something else at or above it, or nothing. */
type Look = (path: string) => Stats | 'other' | null

function looker({ rootfs }: Layer): Look {
  const known = new Map<string, ReturnType<Look>>()
  const look: Look = (path) => {
    const before = known.get(path)
    if (before !== undefined) return before
    const above = path === '/' ? undefined : look(parentOf(path))
    const found = above === null || above === 'other' ? above : lookAt(join(rootfs, path))
    known.set(path, found)
    return found
  }
  return look
}

function lookAt(path: string): Stats | 'other' | null {
  const stats = ignoreMissing(() => lstatSync(path), null)
  return stats === null || stats.isDirectory() ? stats : 'other'
}

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

const withParents = (path: string): string[] => (path === '/' ? ['/'] : [...withParents(parentOf(path)), path])

interface Found {
  readonly at: string
  readonly has: ReturnType<Look>
}

/** Tells whether two directories differ in nothing but their times. */
function isAlike(one: Found, other: Found): boolean {
  if (!isStats(one.has) || !isStats(other.has)) return false
  if (one.has.mode !== other.has.mode || one.has.uid !== other.has.uid || one.has.gid !== other.has.gid) return false
  const [own, theirs] = [native.xattrs(one.at), native.xattrs(other.at)]
  return (
    own.length === theirs.length &&
    own.every(({ name, value }, index) => name === theirs[index]?.name && value.equals(theirs[index].value))
  )
}

const isStats = (has: ReturnType<Look>): has is Stats => has !== null && has !== 'other'
