import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { POD_DIR } from '#schema/pod-dir.js'
import { native } from '#native'
import { createDataDir, dataDir, type DataDir, type Place } from '../../stage0/data-dir.js'
import { anImageID } from './manifests.js'

/** An empty data directory for one test, removed after it. */
export function emptyDataDir(t: TestContext): DataDir {
  const root = mkdtempSync(join(tmpdir(), 'appc-test-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const dir = dataDir(root)
  createDataDir(dir)
  return dir
}

export interface Fabricated {
  readonly uuid?: string
  readonly name?: string
  readonly apps?: readonly string[]
  /** Files of the pod directory that replace the usual ones; null removes one. */
  readonly files?: Readonly<Record<string, string | null>>
}

/** Creates a pod in a place, as a process might have left it; returns its UUID. */
export function fabricate(dir: DataDir, place: Place, options: Fabricated = {}): string {
  const { uuid = randomUUID(), name, apps = ['one'], files = {} } = options
  const directory = dir.pod(place, uuid)
  mkdirSync(directory, { mode: 0o700 })
  const imageID = anImageID()
  const usual = {
    [POD_DIR.lock]: '',
    [POD_DIR.created]: '',
    [POD_DIR.manifest]: JSON.stringify({
      acKind: 'PodManifest',
      acVersion: '0.8.11',
      apps: apps.map((app) => ({ name: app, image: { id: imageID, name: 'example.com/one' } })),
    }),
    [POD_DIR.runSpec]: JSON.stringify({
      version: 1,
      uuid,
      id: name?.replaceAll('-', '_') ?? uuid.slice(0, 8),
      ...(name !== undefined && { podName: name }),
      hostname: 'one',
      network: 'none',
      detach: false,
      interactive: false,
      apps: apps.map((app) => ({ name: app, imageID, imageName: 'example.com/one:7', layers: ['/nonexistent'] })),
    }),
  }
  for (const [file, text] of Object.entries<string | null>({ ...usual, ...files })) {
    if (text === null) continue
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), text)
  }
  return uuid
}

/** Holds a pod's lock until the test ends, as a running pod's init does. */
export function hold(t: TestContext, directory: string): { release: () => void } {
  const fd = native.tryLock(join(directory, POD_DIR.lock), 'exclusive')
  if (fd === null) throw new Error(`${directory}: is locked`)
  let held = true
  const release = (): void => {
    if (held) closeSync(fd)
    held = false
  }
  t.after(release)
  return { release }
}
