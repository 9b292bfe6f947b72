import { closeSync, lstatSync, openSync, readFileSync, readlinkSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { dataDir } from '../../stage0/data-dir.js'
import { openStore, type Store, type StoredImage } from '../../stage0/store/store.js'
import { type Entry, image } from './aci.js'
import { temporaryDirectory } from './data-dir.js'
import type { JsonObject } from './manifests.js'

/** An image store for one test, and functions that create images. */
export interface ImageBench {
  /** A directory for the test's other files. */
  readonly root: string
  readonly store: Store
  /** Stores an image; `name` is the part after `example.com/`. */
  readonly put: (name: string, entries?: readonly Entry[], manifest?: JsonObject) => Promise<StoredImage>
}

export function imageBench(t: TestContext): ImageBench {
  const root = temporaryDirectory(t)
  const store = openStore(dataDir(join(root, 'data')))
  const ingest = async (bytes: Buffer): Promise<StoredImage> => {
    const file = join(root, 'image.aci')
    writeFileSync(file, bytes)
    const fd = openSync(file, 'r')
    try {
      return await store.ingest(fd, { subject: file })
    } finally {
      closeSync(fd)
    }
  }
  return {
    root,
    store,
    put: (name, entries = [], manifest = {}) => ingest(image(entries, { name: `example.com/${name}`, ...manifest })),
  }
}

/** A file in an image's root. */
export const file = (path: string, content: string = path, more: Partial<Entry> = {}): Entry => ({
  name: `rootfs/${path}`,
  content,
  ...more,
})

/** A directory in an image's root. */
export const directory = (path: string, mode = 0o755, more: Partial<Entry> = {}): Entry => ({
  name: `rootfs/${path}`,
  type: '5',
  mode,
  ...more,
})

export const link = (path: string, target: string): Entry => ({ name: `rootfs/${path}`, type: '2', link: target })

/** `dependencies` of a manifest, by the part of the name after `example.com/`. */
export const dependsOn = (...names: readonly string[]): JsonObject => ({
  dependencies: names.map((name) => ({ imageName: `example.com/${name}` })),
})

/** Everything below a directory: path → content, `-> target`, or `dir`. */
export function contents(root: string): Record<string, string> {
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(all.map((path) => [path, typeAndContent(join(root, path))]))
}

function typeAndContent(path: string): string {
  const facts = lstatSync(path)
  if (facts.isDirectory()) return 'dir'
  return facts.isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'utf8')
}
