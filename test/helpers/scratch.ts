import { mkdirSync, mkdtempSync, openSync, closeSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { native, type ArchiveFacts, type IngestLimits } from '#native'

/** Limits that no honest test reaches. */
export const LIMITS: IngestLimits = {
  tarBytes: 2 ** 30,
  entries: 10_000,
  manifestBytes: 2 ** 20,
  expansion: 1000,
  freeBytes: 0,
  freeNodes: 0,
}

/** A directory for one test, removed after it. */
export function scratch(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'appc-archive-'))
  t.after(() => {
    native.removeTree(path)
  })
  return path
}

/** The reason why a test of extraction cannot run here, for `skip`. */
export const needsRoot = process.geteuid?.() === 0 ? false : 'extracting keeps owners, which needs root'

/** Opens a file, and closes it after `use`. */
export async function withFile<T>(path: string, flags: string, use: (fd: number) => Promise<T>): Promise<T> {
  const fd = openSync(path, flags)
  try {
    return await use(fd)
  } finally {
    closeSync(fd)
  }
}

/** Ingests archive bytes into a new directory `name` of `directory`. */
export async function ingest(
  directory: string,
  name: string,
  bytes: Buffer,
  limits = LIMITS,
): Promise<{ facts: ArchiveFacts; tree: string }> {
  const file = join(directory, `${name}.aci`)
  writeFileSync(file, bytes)
  const tree = join(directory, name)
  mkdirSync(tree)
  const facts = await withFile(file, 'r', (fd) => native.ingest(fd, tree, limits))
  return { facts, tree }
}
