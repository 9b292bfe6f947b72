import { copyFileSync, cpSync, mkdirSync, openSync, closeSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { output } from './commands.js'

/** The root file systems for the other programs, and appc's images. */
export interface Images {
  /** The ID of the stored image whose app is `true`. */
  readonly tiny: string
  readonly tinyName: string
  /** The same root as a directory, for systemd-run. */
  readonly root: string
  /** The same root as a podman image. */
  readonly podman: string
  /** The synthetic image: 300 MB in 5,000 files, gzip. */
  readonly large: string
}

/** The synthetic image. */
export const LARGE = { name: 'bench.invalid/large', files: 5000, fileBytes: 60_000 } as const

/** Creates the images of the benchmark in `directory`. */
export function makeImages(directory: string): Images {
  const layout = join(directory, 'tiny')
  const root = join(layout, 'rootfs')
  mkdirSync(join(root, 'bin'), { recursive: true })
  for (const path of ['proc', 'sys', 'dev', 'tmp', 'etc', 'run']) mkdirSync(join(root, path), { recursive: true })
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  for (const applet of ['true', 'sleep', 'sh', 'head', 'seq']) output('ln', '-s', 'busybox', join(root, 'bin', applet))
  writeManifest(layout, 'bench.invalid/tiny', ['/bin/true'])
  output('appc', 'build', layout, join(directory, 'tiny.aci'))
  const tiny = output('appc', 'fetch', join(directory, 'tiny.aci')).trim()
  output('sh', '-c', `tar -C '${root}' -c . | podman import - appc-bench:latest`)

  return {
    tiny,
    tinyName: 'bench.invalid/tiny',
    root,
    podman: 'localhost/appc-bench:latest',
    large: makeImage(directory, 'large', LARGE).image,
  }
}

/** The parameters of a synthetic image. */
export interface Recipe {
  readonly files: number
  readonly fileBytes?: number
  /** The name of the image on which it depends. */
  readonly dependency?: string
  /** Makes its files differ from those of other images. */
  readonly salt?: number
}

/** Builds the image `bench.invalid/NAME`; returns its layout and its file. */
export function makeImage(
  directory: string,
  name: string,
  { files, fileBytes = LARGE.fileBytes, dependency, salt = 0 }: Recipe,
): { layout: string; image: string } {
  const layout = join(directory, name)
  const image = join(directory, `${name}.aci`)
  fillWithFiles(join(layout, 'rootfs'), name, files, fileBytes, salt)
  writeManifest(layout, `bench.invalid/${name}`, ['/bin/true'], dependency)
  output('appc', 'build', layout, image)
  return { layout, image }
}

/** Makes a detached copy of a root that another program may write to. */
export function copyRoot(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}

const PORTS = [
  { name: 'http', protocol: 'tcp', port: 8080 },
  { name: 'control', protocol: 'tcp', port: 8081 },
]

function writeManifest(layout: string, name: string, exec: string[], dependency?: string): void {
  const manifest = {
    acKind: 'ImageManifest',
    acVersion: '0.8.11',
    name,
    app: { exec, user: '0', group: '0', ports: PORTS },
    ...(dependency !== undefined && { dependencies: [{ imageName: dependency }] }),
  }
  writeFileSync(join(layout, 'manifest'), JSON.stringify(manifest))
}

/** Creates files of text-like data that compresses about 3:1, the same in every run. */
function fillWithFiles(root: string, name: string, files: number, fileBytes: number, salt: number): void {
  let seed = 1 + salt
  const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff
  const words = Array.from({ length: 4096 }, () =>
    random()
      .toString(36)
      .slice(2, 5 + Math.floor(random() * 6)),
  )
  for (let index = 0; index < files; index++) {
    const path = join(root, `usr/share/${name}/d${Math.floor(index / 50)}`, `f${index}`)
    mkdirSync(dirname(path), { recursive: true })
    let text = ''
    while (text.length < fileBytes) text += `${words[Math.floor(random() * words.length)] ?? ''} `
    const file = openSync(path, 'w')
    writeSync(file, text.slice(0, fileBytes))
    closeSync(file)
  }
}
