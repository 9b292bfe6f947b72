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
 * Tells why the file system of the data directory cannot hold the upper layer of an overlay; null
 * if it can. The function tries this with a real overlay, and stores the result in `cacheDirectory`
 * until the next boot: another kernel may give another result.
 */
export function overlayProblem({ root, ...dir }: DataDir, cacheDirectory: string = RUNTIME_DIR.root): string | null {
  const file = join(cacheDirectory, `overlay-${statSync(root).dev}-${statfsSync(root).type.toString(16)}`)
  const cached = readCached(file)
  if (cached !== null) return cached === WORKS ? null : cached
  const problem = testOverlay({ root, ...dir })
  writeCached(file, problem ?? WORKS)
  return problem
}

const readCached = (file: string): string | null => ignoreMissing(() => readFileSync(file, 'utf8').trim() || null, null)

function writeCached(file: string, answer: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  replaceFile(file, `${answer}\n`, { mode: 0o644 })
}

function testOverlay(dir: DataDir): string | null {
  using staging = makeStaging(dir, 'overlay')
  try {
    return native.overlayProblem(staging.path)
  } finally {
    native.removeTree(staging.path)
  }
}
