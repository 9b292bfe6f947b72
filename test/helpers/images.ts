import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { App } from '#schema/app.js'
import type { ImageManifest } from '#schema/image-manifest.js'
import { APPC } from './run-cli.js'

/** A file of an image, a program copied from this machine, or a symlink. */
export type File =
  | string
  | { readonly copyOf: string }
  | { readonly content: string; readonly mode?: number; readonly uid?: number; readonly gid?: number }
  | { readonly link: string }

/** Changes to an image of busybox, two users and a program that succeeds. */
export interface ImageOptions {
  /** The last component of the image's name, and the app's name; default `box`. */
  readonly name?: string
  readonly app?: Partial<App>
  readonly manifest?: Partial<ImageManifest>
  /** Whether the manifest has no `app`. */
  readonly filesOnly?: boolean
  /** Files by path inside the root. */
  readonly files?: Readonly<Record<string, File>>
  /** Paths removed from the usual root. */
  readonly without?: readonly string[]
}

/** A shell program for `exec`. */
export const shell = (script: string): readonly string[] => ['/bin/sh', '-c', script]

/** Builds an ACI with `appc build` in `directory`; returns its path. */
export function buildImage(directory: string, options: ImageOptions = {}): string {
  const { name = 'box', app, manifest, filesOnly = false, files = {}, without = [] } = options
  const layout = mkdtempSync(join(directory, 'layout-'))
  const rootfs = join(layout, 'rootfs')
  makeRoot(rootfs)
  for (const path of without) rmSync(join(rootfs, path), { recursive: true })
  for (const [path, file] of Object.entries(files)) put(join(rootfs, path), file)
  const document: ImageManifest = {
    acKind: 'ImageManifest',
    acVersion: '0.8.11',
    name: `example.com/${name}`,
    labels: [{ name: 'version', value: '1' }],
    ...(!filesOnly && { app: { exec: ['/bin/true'], user: '0', group: '0', ...app } }),
    ...manifest,
  }
  writeFileSync(join(layout, 'manifest'), JSON.stringify(document))
  const output = `${layout}.aci`
  execFileSync(APPC, ['build', '--no-compression', layout, output], { stdio: ['ignore', 'ignore', 'inherit'] })
  rmSync(layout, { recursive: true })
  return output
}

function makeRoot(rootfs: string): void {
  for (const name of ['bin', 'etc', 'root', 'srv', 'var']) mkdirSync(join(rootfs, name), { recursive: true })
  mkdirSync(join(rootfs, 'tmp'))
  chmodSync(join(rootfs, 'tmp'), 0o1777)
  copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'))
  chmodSync(join(rootfs, 'bin/busybox'), 0o755)
  for (const applet of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (applet !== 'busybox') symlinkSync('busybox', join(rootfs, 'bin', applet))
  }
  writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nworker:x:1001:1002::/srv:/bin/sh\n')
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nworkers:x:1002:\n')
}

function put(path: string, file: File): void {
  mkdirSync(dirname(path), { recursive: true })
  rmSync(path, { force: true })
  if (typeof file === 'string') writeFileSync(path, file)
  else if ('link' in file) symlinkSync(file.link, path)
  else if ('copyOf' in file) {
    copyFileSync(file.copyOf, path)
    chmodSync(path, 0o755)
  } else {
    writeFileSync(path, file.content)
    chownSync(path, file.uid ?? 0, file.gid ?? 0)
    // Last, because changing the owner clears setuid.
    chmodSync(path, file.mode ?? 0o644)
  }
}
