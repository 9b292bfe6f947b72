import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { App } from '#schema/app.js'
import type { PodManifest, RuntimeApp } from '#schema/pod-manifest.js'
import { POD_DIR } from '#schema/pod-dir.js'
import { RUN_SPEC_VERSION, type RunSpec } from '#schema/run-spec.js'
import { unitID } from '#schema/unit-name.js'

/** A pod directory as stage0 leaves it to stage1, built by hand. */
export interface MadePod {
  readonly uuid: string
  readonly id: string
  readonly directory: string
  remove(): void
}

/**
 * Changes to a pod with host network, detached or not as `spec` says, whose apps run in a busybox
 * root.
 */
export interface PodOptions {
  readonly spec?: Partial<RunSpec>
  readonly manifest?: Partial<PodManifest>
  readonly apps: Readonly<Record<string, Partial<App> & Pick<RuntimeApp, 'mounts' | 'readOnlyRootFS'>>>
}

const ROOT = '/var/lib/appc/test-root'

/** Creates a pod directory below the data directory, which must not be on an overlay. */
export function makePod({ spec, manifest, apps }: PodOptions): MadePod {
  makeRoot()
  const uuid = randomUUID()
  const parent = '/var/lib/appc/pods/run'
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  // The destination of a refused pod.
  mkdirSync('/var/lib/appc/pods/garbage', { recursive: true, mode: 0o700 })
  const directory = join(parent, uuid)
  mkdirSync(directory)
  const id = unitID(uuid, spec?.podName)
  const names = Object.keys(apps)
  const write = (path: string, value: unknown) => {
    mkdirSync(join(directory, path, '..'), { recursive: true })
    writeFileSync(join(directory, path), JSON.stringify(value))
  }
  const imageID = `sha512-${'0'.repeat(128)}`
  write(POD_DIR.runSpec, {
    version: RUN_SPEC_VERSION,
    uuid,
    id,
    hostname: `appc-${uuid.slice(0, 8)}`,
    network: 'none',
    detach: false,
    interactive: false,
    apps: names.map((name) => ({ name, imageID, imageName: 'example.com/busybox:1', layers: [ROOT] })),
    ...spec,
  } satisfies RunSpec)
  write(POD_DIR.manifest, {
    acKind: 'PodManifest',
    acVersion: '0.8.11',
    apps: Object.entries(apps).map(([name, { mounts, readOnlyRootFS, ...app }]) => ({
      name,
      image: { id: imageID },
      app: { user: '0', group: '0', ...app },
      ...(mounts && { mounts }),
      ...(readOnlyRootFS !== undefined && { readOnlyRootFS }),
    })),
    ...manifest,
  } satisfies PodManifest)
  for (const name of names) {
    write(POD_DIR.appManifest(name), { acKind: 'ImageManifest', acVersion: '0.8.11', name: 'example.com/busybox' })
    mkdirSync(join(directory, POD_DIR.upper(name)), { recursive: true })
    mkdirSync(join(directory, POD_DIR.work(name)), { recursive: true })
  }
  return { uuid, id, directory, remove: () => remove(directory, id, uuid) }
}

/**
 * Removes what `appc rm` does: the directory, and systemd's records about its units for journald.
 */
function remove(directory: string, id: string, uuid: string): void {
  rmSync(directory, { recursive: true, force: true })
  const units = '/run/systemd/units'
  const written = readdirSync(units).filter((name) => name.startsWith(`log-extra-fields:appc-${id}`))
  for (const path of written.map((name) => join(units, name))) {
    if (readFileSync(path).includes(uuid)) rmSync(path, { force: true })
  }
}

/** Creates a root with only busybox; its path appears when it is complete. */
function makeRoot(): void {
  mkdirSync('/var/lib/appc', { recursive: true })
  const made = mkdtempSync('/var/lib/appc/test-root-')
  chmodSync(made, 0o755)
  for (const name of ['bin', 'etc', 'tmp', 'root']) mkdirSync(join(made, name))
  copyFileSync('/bin/busybox', join(made, 'bin/busybox'))
  for (const name of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (name !== 'busybox') symlinkSync('busybox', join(made, 'bin', name))
  }
  writeFileSync(join(made, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n')
  writeFileSync(join(made, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
  try {
    execFileSync('mv', ['--no-target-directory', '--no-clobber', made, ROOT], { stdio: 'ignore' })
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}
