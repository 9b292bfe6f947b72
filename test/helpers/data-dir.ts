import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A directory for one test, removed after it. */
export function temporaryDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'appc-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Every path below `root`, sorted, to compare before and after a failure. */
export const listing = (root: string): string[] => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()

/** The reason why a test that writes owners, devices and locks cannot run; false if it can. */
export const needsRoot: string | false = process.getuid?.() === 0 ? false : 'needs root'
