import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs'
import { native } from '#native'

/** Something in a tree that is not as it should be. */
export interface TreeProblem {
  /** Absolute image path. */
  readonly path: string
  /** `missing`, `added`, `type`, `content`, `target`, `device`, `mode`, `owner`, `time` or `xattrs`. */
  readonly problem: string
}

/**
 * Compares two trees of which most files are the same inodes, others at least alike. Paths are bytes, kept one to a character.
 *
 * @param isTimeless tells the directories (absolute image paths) whose time says nothing
 */
export function compareTrees(
  expected: string,
  found: string,
  isTimeless: (path: string) => boolean,
): readonly TreeProblem[] {
  const problems: TreeProblem[] = []
  const visit = (path: string): void => {
    const shown = bytes(path === '' ? '/' : path).toString()
    const [one, other] = [at(expected, path), at(found, path)]
    const [should, is] = [look(one), look(other)]
    const areDirectories = should?.isDirectory() === true && is?.isDirectory() === true
    const names = areDirectories ? [...entries(one), ...entries(other)] : []
    for (const problem of differences(one, should, other, is, areDirectories && isTimeless(shown))) {
      problems.push({ path: shown, problem })
    }
    for (const name of [...new Set(names)].sort()) visit(`${path}/${name}`)
  }
  visit('')
  return problems
}

function differences(one: Buffer, should: Stats | null, other: Buffer, is: Stats | null, timeless: boolean): string[] {
  if (should === null) return is === null ? [] : ['added']
  if (is === null) return ['missing']
  if (should.ino === is.ino && should.dev === is.dev) return []
  if ((should.mode & TYPE) !== (is.mode & TYPE)) return ['type']
  return [
    ...(should.isFile() && !sameContent(one, should, other, is) ? ['content'] : []),
    ...(should.isSymbolicLink() && readlinkSync(one, 'latin1') !== readlinkSync(other, 'latin1') ? ['target'] : []),
    ...(should.rdev === is.rdev ? [] : ['device']),
    ...(should.mode === is.mode ? [] : ['mode']),
    ...(should.uid === is.uid && should.gid === is.gid ? [] : ['owner']),
    ...(timeless || should.mtimeMs === is.mtimeMs ? [] : ['time']),
    ...(attributes(one) === attributes(other) ? [] : ['xattrs']),
  ]
}

/** S_IFMT of inode(7). */
const TYPE = 0o170000

const CHUNK = 1 << 16

function sameContent(one: Buffer, { size }: Stats, other: Buffer, is: Stats): boolean {
  if (size !== is.size) return false
  const files = [one, other].map((path) => openSync(path, 'r'))
  try {
    for (let offset = 0; offset < size; offset += CHUNK) {
      const [first, second] = files.map((fd) => pieceAt(fd, offset))
      if (first === undefined || second === undefined || !first.equals(second)) return false
    }
    return true
  } finally {
    for (const fd of files) closeSync(fd)
  }
}

function pieceAt(fd: number, offset: number): Buffer {
  const buffer = Buffer.allocUnsafe(CHUNK)
  return buffer.subarray(0, readSync(fd, buffer, 0, CHUNK, offset))
}

const bytes = (path: string): Buffer => Buffer.from(path, 'latin1')
const at = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(root), bytes(path)])
const look = (path: Buffer): Stats | null => lstatSync(path, { throwIfNoEntry: false }) ?? null
const entries = (path: Buffer): string[] => readdirSync(path, { encoding: 'latin1' })
const attributes = (path: Buffer): string =>
  native
    .xattrs(path)
    .map(({ name, value }) => `${name}=${value.toString('hex')}`)
    .join()
