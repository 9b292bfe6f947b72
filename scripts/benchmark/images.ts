import { copyFileSync, cpSync, mkdirSync, openSync, closeSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { output } from './commands.js'

/** Where the peers find their roots, and appc its image. */
export interface Images {
  /** ID of the stored image whose app is `true`. */
  readonly tiny: string
  /** The same root as a directory, for systemd-run. */
  readonly root: string
  /** The same root as a podman image. */
  readonly podman: string
  /** The synthetic image: 300 MB in 5,000 files, gzip. */
  readonly large: string
  readonly largeContentBytes: number
}

const FILES = 5000
const FILE_BYTES = 60_000

/** Makes the images of the benchmark in `directory`. */
export function makeImages(directory: string): Images {
  const layout = join(directory, 'tiny')
  const root = join(layout, 'rootfs')
  mkdirSync(join(root, 'bin'), { recursive: true })
  for (const path of ['proc', 'sys', 'dev', 'tmp', 'etc', 'run']) mkdirSync(join(root, path), { recursive: true })
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  output('ln', '-s', 'busybox', join(root, 'bin/true'))
  output('ln', '-s', 'busybox', join(root, 'bin/sleep'))
  writeManifest(layout, 'bench.invalid/tiny', ['/bin/true'])
  output('appc', 'build', layout, join(directory, 'tiny.aci'))
  const tiny = output('appc', 'fetch', join(directory, 'tiny.aci')).trim()
  output('sh', '-c', `tar -C '${root}' -c . | podman import - appc-bench:latest`)

  const large = join(directory, 'large')
  fillWithFiles(join(large, 'rootfs'))
  writeManifest(large, 'bench.invalid/large', ['/bin/true'])
  output('appc', 'build', large, join(directory, 'large.aci'))
  return {
    tiny,
    root,
    podman: 'localhost/appc-bench:latest',
    large: join(directory, 'large.aci'),
    largeContentBytes: FILES * FILE_BYTES,
  }
}

/** A detached copy of a root that a peer may write to. */
export function copyRoot(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}

function writeManifest(layout: string, name: string, exec: string[]): void {
  const manifest = { acKind: 'ImageManifest', acVersion: '0.8.11', name, app: { exec, user: '0', group: '0' } }
  writeFileSync(join(layout, 'manifest'), JSON.stringify(manifest))
}

/** Files of text-like data that compresses about 3:1, the same on every run. */
function fillWithFiles(root: string): void {
  let seed = 1
  const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff
  const words = Array.from({ length: 4096 }, () =>
    random()
      .toString(36)
      .slice(2, 5 + Math.floor(random() * 6)),
  )
  for (let index = 0; index < FILES; index++) {
    const path = join(root, `usr/share/d${Math.floor(index / 50)}`, `f${index}`)
    mkdirSync(dirname(path), { recursive: true })
    let text = ''
    while (text.length < FILE_BYTES) text += `${words[Math.floor(random() * words.length)] ?? ''} `
    const file = openSync(path, 'w')
    writeSync(file, text.slice(0, FILE_BYTES))
    closeSync(file)
  }
}
