import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { App } from '#schema/app.js'
import type { JsonObject } from '../manifests.js'
import { image, type Entry } from '../aci.js'

/** The entry of an image at one path. */
export type Node = Omit<Entry, 'name'>

export const link = (to: string): Node => ({ type: '2', link: to })
export const hardLink = (to: string): Node => ({ type: '1', link: `rootfs/${to}` })
export const text = (content: string, mode = 0o644): Node => ({ content, mode })
export const directory = (mode = 0o755): Node => ({ type: '5', mode })
export const fifo: Node = { type: '6', mode: 0o666 }
export const device = (kind: 'character' | 'block', major: number, minor: number): Node => ({
  type: kind === 'block' ? '4' : '3',
  device: [major, minor],
  mode: 0o666,
})

/**
 * Nodes by path below the root, without a leading slash. A node replaces one of the usual root at
 * the same path.
 */
export type Files = Readonly<Record<string, Node>>

/** An image that no honest program would build. */
export interface HostileImage {
  readonly app?: Partial<App>
  readonly files?: Files
  /** An annotation of the manifest, which is in the pod's directory and not in the app's root. */
  readonly secret?: string
  /** Adds perl, for system calls that no other program makes. */
  readonly perl?: boolean
}

let count = 0

/** Writes an ACI with busybox, two users and these files into `directory`; returns its path. */
export function hostileImage(directory: string, { app, files = {}, secret, perl = false }: HostileImage): string {
  const number = count++
  const manifest = {
    name: `example.com/attack-${number}`,
    labels: [{ name: 'version', value: '1' }],
    app: { exec: ['/bin/true'], user: '0', group: '0', ...app },
    ...(secret !== undefined && { annotations: [{ name: 'secret', value: secret }] }),
  }
  const all = { ...usualRoot(), ...(perl && perlFiles()), ...files }
  const entries = Object.entries(all).map(([path, node]): Entry => ({ name: `rootfs/${path}`, ...node }))
  const path = join(directory, `attack-${number}.aci`)
  writeFileSync(path, image(entries, manifest as unknown as JsonObject))
  return path
}

const APPLETS =
  'cat chmod chown chroot cp dd env grep head hexdump id kill ln ls mkdir mkfifo mknod mount mv nsenter pivot_root readlink rm sed sh sleep sort stat stty tail touch tr true umount uname unshare wc'

function usualRoot(): Files {
  usual ??= {
    ...Object.fromEntries(['bin', 'etc', 'root', 'srv', 'var'].map((name) => [name, directory()])),
    tmp: directory(0o1777),
    'bin/busybox': { content: readFileSync('/bin/busybox'), mode: 0o755 },
    ...Object.fromEntries(APPLETS.split(' ').map((name) => [`bin/${name}`, link('busybox')])),
    'etc/passwd': text('root:x:0:0:root:/root:/bin/sh\nworker:x:1001:1002::/srv:/bin/sh\n'),
    'etc/group': text('root:x:0:\nworkers:x:1002:\n'),
  }
  return usual
}
let usual: Files | undefined

/** This machine's perl and the libraries it is linked with. */
function perlFiles(): Files {
  const program = '/usr/bin/perl'
  const linked = execFileSync('ldd', [program], { encoding: 'utf8' })
  const libraries = [...linked.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)
  const loader = libraries.find((path) => basename(path).startsWith('ld-'))
  const others = libraries.filter((path) => path !== loader)
  const content = (path: string): Node => ({ content: readFileSync(path), mode: 0o755 })
  return {
    lib: directory(),
    lib64: directory(),
    'bin/perl': content(program),
    ...Object.fromEntries(others.map((path) => [`lib/${basename(path)}`, content(path)])),
    ...(loader !== undefined && { [loader.slice(1)]: content(loader) }),
  }
}
