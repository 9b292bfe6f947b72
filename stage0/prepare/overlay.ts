import { mkdirSync, readFileSync, renameSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isErrno } from '#schema/errors.js'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { makeStaging } from '../store/staging.js'

/** What was found out since the machine was booted, a file for each file system: a new kernel may have other answers. */
const KNOWN = '/run/appc'

const WORKS = 'works'

/**
 * Why the file system of the data directory cannot hold the writable layer of an overlay; null where it can, which
 * is found out by making one.
 */
export function overlayProblem({ root, ...dir }: DataDir, known: string = KNOWN): string | null {
  const file = join(known, `overlay-${statSync(root).dev}-${statfsSync(root).type.toString(16)}`)
  const before = readKnown(file)
  if (before !== null) return before === WORKS ? null : before
  const problem = probe({ root, ...dir })
  remember(file, problem ?? WORKS)
  return problem
}

function readKnown(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}

function remember(file: string, answer: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, `${answer}\n`, { mode: 0o644 })
  renameSync(fresh, file)
}

function probe(dir: DataDir): string | null {
  using staging = makeStaging(dir, 'overlay')
  try {
    return native.overlayProblem(staging.path)
  } finally {
    native.removeTree(staging.path)
  }
}
