import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs'
import { native } from '#native'

/** A difference between a tree and its expected state. */
export interface TreeProblem {
  /** Absolute image path. */
  readonly path: string
  /**
   * `missing`, `added`, `type`, `content`, `target`, `device`, `mode`, `owner`, `time` or `xattrs`.
   */
  readonly problem: string
}

/**
 * Compares two trees; files with the same inode are equal, others are compared by content and
 * metadata. Paths are bytes, one per character.
 *
 * @param isTimeless whether the time of a directory (absolute image path) is ignored
 */
export function compareTrees(
  expected: string,
  found: string,
  isTimeless: (path: string) => boolean,
): readonly TreeProblem[] {
  const problems: TreeProblem[] = []
  const visit = (path: string): void => {
    const shown = bytes(path === '' ? '/' : path).toString()
    const [expectedPath, foundPath] = [joinBytes(expected, path), joinBytes(found, path)]
    const [expectedStats, foundStats] = [statsOf(expectedPath), statsOf(foundPath)]
    const areDirectories = expectedStats?.isDirectory() === true && foundStats?.isDirectory() === true
    const names = areDirectories ? [...entries(expectedPath), ...entries(foundPath)] : []
    for (const problem of differences(
      expectedPath,
      expectedStats,
      foundPath,
      foundStats,
      areDirectories && isTimeless(shown),
    )) {
      problems.push({ path: shown, problem })
    }
    for (const name of [...new Set(names)].sort()) visit(`${path}/${name}`)
  }
  visit('')
  return problems
}

function differences(
  expectedPath: Buffer,
  expectedStats: Stats | null,
  foundPath: Buffer,
  foundStats: Stats | null,
  ignoresTime: boolean,
): string[] {
  if (expectedStats === null) return foundStats === null ? [] : ['added']
  if (foundStats === null) return ['missing']
  if (expectedStats.ino === foundStats.ino && expectedStats.dev === foundStats.dev) return []
  if ((expectedStats.mode & TYPE) !== (foundStats.mode & TYPE)) return ['type']
  return [
    ...(expectedStats.isFile() && !sameContent(expectedPath, expectedStats, foundPath, foundStats) ? ['content'] : []),
    ...(expectedStats.isSymbolicLink() && readlinkSync(expectedPath, 'latin1') !== readlinkSync(foundPath, 'latin1')
      ? ['target']
      : []),
    ...(expectedStats.rdev === foundStats.rdev ? [] : ['device']),
    ...(expectedStats.mode === foundStats.mode ? [] : ['mode']),
    ...(expectedStats.uid === foundStats.uid && expectedStats.gid === foundStats.gid ? [] : ['owner']),
    ...(ignoresTime || expectedStats.mtimeMs === foundStats.mtimeMs ? [] : ['time']),
    ...(attributes(expectedPath) === attributes(foundPath) ? [] : ['xattrs']),
  ]
}

/** S_IFMT of inode(7). */
const TYPE = 0o170000

const CHUNK = 1 << 16

function sameContent(expectedPath: Buffer, { size }: Stats, foundPath: Buffer, foundStats: Stats): boolean {
  if (size !== foundStats.size) return false
  const files = [expectedPath, foundPath].map((path) => openSync(path, 'r'))
  try {
    for (let offset = 0; offset < size; offset += CHUNK) {
      const [first, second] = files.map((fd) => readChunk(fd, offset))
      if (first === undefined || second === undefined || !first.equals(second)) return false
    }
    return true
  } finally {
    for (const fd of files) closeSync(fd)
  }
}

function readChunk(fd: number, offset: number): Buffer {
  const buffer = Buffer.allocUnsafe(CHUNK)
  return buffer.subarray(0, readSync(fd, buffer, 0, CHUNK, offset))
}

const bytes = (path: string): Buffer => Buffer.from(path, 'latin1')
const joinBytes = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(root), bytes(path)])
const statsOf = (path: Buffer): Stats | null => lstatSync(path, { throwIfNoEntry: false }) ?? null
const entries = (path: Buffer): string[] => readdirSync(path, { encoding: 'latin1' })
const attributes = (path: Buffer): string =>
  native
    .xattrs(path)
    .map(({ name, value }) => `${name}=${value.toString('hex')}`)
    .join()
