import { join } from 'node:path'

import { output } from './commands.js'

/**
 * Gives the path of a new directory each time, when everything written before is on disk. Nothing is removed in between: ext4 passes
 * over each inode freed in the last minutes when it looks for a free one, and the next sample would be one of that.
 */
export function directories(parent: string, name: string): () => string {
  let count = 0
  return () => {
    output('sync', '-f', parent)
    return join(parent, `${name}-${count++}`)
  }
}

/** Bytes that a tree takes on disk, each hard link counted once. */
export const diskBytes = (path: string): number => Number(output('du', '-s', '--block-size=1', path).split('\t')[0])
