/** The content of a directory tree as text, to compare two trees. */

import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { native } from '#native'

const SLASH = Buffer.from('/')

function content(path: Buffer, isFile: boolean, isLink: boolean): string {
  if (isFile) return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)
  return isLink ? readlinkSync(path, 'buffer').toString('latin1') : ''
}

/** Attributes of a path; a path that is not UTF-8 cannot be queried. */
function attributes(path: Buffer): string {
  const text = path.toString('utf8')
  if (!Buffer.from(text).equals(path)) return ''
  return native
    .xattrs(text)
    .map(({ name, value }) => `${name}=${value.toString('hex')}`)
    .join(' ')
}

/**
 * One line for each file beneath `root` except those in `skip`, sorted; hard links name the first
 * of their paths.
 */
export function snapshot(root: string, skip: readonly string[] = []): string[] {
  const lines: string[] = []
  const inodes = new Map<bigint, string>()
  const visit = (directory: Buffer, below: string): void => {
    const names = readdirSync(directory, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b))
    for (const name of names) {
      const path = Buffer.concat([directory, SLASH, name])
      const shown = `${below}${name.toString('latin1')}`
      if (skip.includes(shown)) continue
      const stat = lstatSync(path, { bigint: true })
      const first = inodes.get(stat.ino) ?? shown
      inodes.set(stat.ino, first)
      const size = stat.isDirectory() ? '' : String(stat.size)
      const facts = [stat.mode.toString(8), `${stat.uid}:${stat.gid}`, stat.mtimeNs, stat.rdev, size]
      const more = [content(path, stat.isFile(), stat.isSymbolicLink()), attributes(path), first === shown ? '' : first]
      lines.push([shown, ...facts, ...more].join(' | '))
      if (stat.isDirectory()) visit(path, `${shown}/`)
    }
  }
  visit(Buffer.from(root), '')
  return lines
}
