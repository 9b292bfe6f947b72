import { join } from 'node:path'

import { output } from './commands.js'

/**
 * Returns a function that creates a new directory and returns its path, after everything written
 * before is on disk. Removes nothing in between: ext4 skips each inode that was freed in the last
 * minutes when it searches for a free one, which would slow the next sample.
 */
export function directories(parent: string, name: string): () => string {
  let count = 0
  return () => {
    output('sync', '-f', parent)
    return join(parent, `${name}-${count++}`)
  }
}

/** The disk space of a tree in bytes, with each hard link counted once. */
export const diskBytes = (path: string): number => Number(output('du', '-s', '--block-size=1', path).split('\t')[0])
