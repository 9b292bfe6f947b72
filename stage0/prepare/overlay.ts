import { mkdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { RUNTIME_DIR } from '#schema/runtime-dir.js'
import { native } from '#native'
import type { DataDir } from '../data-dir.js'
import { ignoreMissing } from '../files/missing.js'
import { replaceFile } from '../files/replace.js'
import { makeStaging } from '../store/staging.js'

const WORKS = 'works'

/**
 * Why the file system of the data directory cannot hold the writable layer of an overlay; null where it can, which
 * is found out by making one. What was found out since the machine was booted is in `known`: a new kernel may have other answers.
 */
export function overlayProblem({ root, ...dir }: DataDir, known: string = RUNTIME_DIR.root): string | null {
  const file = join(known, `overlay-${statSync(root).dev}-${statfsSync(root).type.toString(16)}`)
  const before = readKnown(file)
  if (before !== null) return before === WORKS ? null : before
  const problem = probe({ root, ...dir })
  remember(file, problem ?? WORKS)
  return problem
}

const readKnown = (file: string): string | null => ignoreMissing(() => readFileSync(file, 'utf8').trim() || null, null)

function remember(file: string, answer: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  replaceFile(file, `${answer}\n`, { mode: 0o644 })
}

function probe(dir: DataDir): string | null {
  using staging = makeStaging(dir, 'overlay')
  try {
    return native.overlayProblem(staging.path)
  } finally {
    native.removeTree(staging.path)
  }
}
