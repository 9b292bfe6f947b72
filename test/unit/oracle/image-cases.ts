import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'

import { image, manifestEntry, rootfs, tar, unendedTar, type Entry } from '../../helpers/aci.js'
import {
  change,
  fullImageManifest,
  minimalImageManifest,
  minimalPodManifest,
  REMOVED,
} from '../../helpers/manifests.js'

/** A file or a directory of a layout: a directory, a symlink, or a file with content. */
type Node = 'directory' | { readonly link: string } | { readonly content: string }

export interface LayoutCase {
  readonly name: string
  readonly nodes: Readonly<Record<string, Node>>
}

export interface ImageCase {
  readonly name: string
  readonly bytes: Buffer
}

const good = JSON.stringify(minimalImageManifest())
const file = (content: string): Node => ({ content })
const link = (target: string): Node => ({ link: target })

/**
 * Valid and invalid manifests that differ in one thing: the verdict is the same in a layout, an
 * image or alone.
 */
const MANIFESTS: readonly (readonly [name: string, text: string])[] = [
  ['full manifest', JSON.stringify(fullImageManifest(), null, 2)],
  ['an older version', JSON.stringify(change(minimalImageManifest(), 'acVersion', '0.5.0'))],
  ['no acVersion', JSON.stringify(change(minimalImageManifest(), 'acVersion', REMOVED))],
  ['a bad acVersion', JSON.stringify(change(minimalImageManifest(), 'acVersion', 'x'))],
  ['no acKind', JSON.stringify(change(minimalImageManifest(), 'acKind', REMOVED))],
  ['a pod manifest', JSON.stringify(minimalPodManifest())],
  ['no name', JSON.stringify(change(minimalImageManifest(), 'name', REMOVED))],
  ['a bad name', JSON.stringify(change(minimalImageManifest(), 'name', 'UPPER'))],
  ['a bad label', JSON.stringify(change(fullImageManifest(), 'labels.0.name', 'name'))],
  ['a bad port', JSON.stringify(change(fullImageManifest(), 'app.ports.0.port', 0))],
  ['no user', JSON.stringify(change(fullImageManifest(), 'app.user', REMOVED))],
  ['a bad event', JSON.stringify(change(fullImageManifest(), 'app.eventHandlers.0.name', 'x'))],
  ['a bad dependency', JSON.stringify(change(fullImageManifest(), 'dependencies.0.imageID', 'x'))],
  ['a relative whitelist', JSON.stringify(change(fullImageManifest(), 'pathWhitelist.0', 'x'))],
  ['an unknown field', JSON.stringify({ ...minimalImageManifest(), extra: [1] })],
  ['an empty manifest', ''],
  ['a manifest cut short', good.slice(0, -1)],
  ['a manifest that is a list', '[]'],
  ['spaces around it', `\n\t ${good}\n`],
]

/** Image layouts, good and broken. */
export const LAYOUTS: readonly LayoutCase[] = [
  { name: 'least layout', nodes: { manifest: file(good), rootfs: 'directory' } },
  {
    name: 'layout with files',
    nodes: {
      manifest: file(good),
      rootfs: 'directory',
      'rootfs/bin': 'directory',
      'rootfs/bin/sh': file('#!'),
      'rootfs/sh': link('bin/sh'),
      'rootfs/dangling': link('/nowhere'),
      'rootfs/out': link('../../..'),
      'rootfs/.hidden': file(''),
      'rootfs/manifest': file('not the manifest'),
      'rootfs/rootfs': 'directory',
      'rootfs/a b\tc': file(''),
      'rootfs/ünïcode': file(''),
      [`rootfs/${'long/'.repeat(60)}`]: 'directory',
    },
  },
  { name: 'empty directory', nodes: {} },
  { name: 'no manifest', nodes: { rootfs: 'directory' } },
  { name: 'no rootfs', nodes: { manifest: file(good) } },
  { name: 'rootfs is a file', nodes: { manifest: file(good), rootfs: file('') } },
  { name: 'rootfs is a symlink', nodes: { manifest: file(good), rootfs: link('/') } },
  { name: 'rootfs is a dangling symlink', nodes: { manifest: file(good), rootfs: link('nowhere') } },
  { name: 'manifest is a directory', nodes: { manifest: 'directory', rootfs: 'directory' } },
  { name: 'manifest is a dangling symlink', nodes: { manifest: link('nowhere'), rootfs: 'directory' } },
  {
    name: 'manifest is a symlink',
    nodes: { manifest: link('rootfs/real'), rootfs: 'directory', 'rootfs/real': file(good) },
  },
  { name: 'a third file', nodes: { manifest: file(good), rootfs: 'directory', README: file('') } },
  { name: 'a hidden file', nodes: { manifest: file(good), rootfs: 'directory', '.git': 'directory' } },
  {
    name: 'layout: a third name that begins alike',
    nodes: { manifest: file(good), rootfs: 'directory', rootfs2: 'directory' },
  },
  { name: 'another case', nodes: { Manifest: file(good), Rootfs: 'directory' } },
  ...MANIFESTS.map(([name, text]) => ({
    name: `layout with ${name}`,
    nodes: { manifest: file(text), rootfs: 'directory' } as const,
  })),
]

/** Makes the layout's files below `directory`. */
export function makeLayout(directory: string, { nodes }: LayoutCase): void {
  mkdirSync(directory, { recursive: true })
  for (const [name, node] of Object.entries(nodes)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    if (node === 'directory') mkdirSync(path, { recursive: true })
    else if ('link' in node) symlinkSync(node.link, path)
    else writeFileSync(path, node.content)
  }
}

const filter = (program: string, bytes: Buffer): Buffer => execFileSync(program, ['-c'], { input: bytes })

/** Sequences of entries between or instead of the manifest and the rootfs. */
const ARCHIVES: readonly (readonly [name: string, entries: readonly Entry[]])[] = [
  ['least image', [manifestEntry(), rootfs]],
  ['rootfs before manifest', [rootfs, manifestEntry()]],
  ['manifest after files', [rootfs, { name: 'rootfs/a', content: 'a' }, manifestEntry()]],
  [
    'names with ./',
    [
      { name: './', type: '5' },
      { ...manifestEntry(), name: './manifest' },
      { ...rootfs, name: './rootfs/' },
    ],
  ],
  ['rootfs with a slash', [manifestEntry(), { ...rootfs, name: 'rootfs/' }]],
  [
    'a file of each kind',
    [
      manifestEntry(),
      rootfs,
      { name: 'rootfs/file', content: 'x'.repeat(5000), mode: 0o4755, uid: 1000, gid: 1000 },
      { name: 'rootfs/empty' },
      { name: 'rootfs/dir', type: '5', mode: 0o1777 },
      { name: 'rootfs/symlink', type: '2', link: '../../../etc/passwd' },
      { name: 'rootfs/hardlink', type: '1', link: 'rootfs/file' },
      { name: 'rootfs/null', type: '3', device: [1, 3] },
      { name: 'rootfs/loop', type: '4', device: [7, 0] },
      { name: 'rootfs/fifo', type: '6' },
    ],
  ],
  [
    'pax records',
    [
      manifestEntry(),
      rootfs,
      { name: 'rootfs/short', pax: { path: `rootfs/${'x'.repeat(200)}`, mtime: '1.5', 'SCHILY.xattr.user.a': 'b' } },
    ],
  ],
  [
    'a long GNU name',
    [
      manifestEntry(),
      rootfs,
      { name: '././@LongLink', type: 'L', content: `rootfs/${'y'.repeat(200)}\0` },
      { name: 'rootfs/yy' },
    ],
  ],
  ['an old name field with type 0 directory', [manifestEntry(), rootfs, { name: 'rootfs/d/', type: '5' }]],
  ['a contiguous file', [manifestEntry(), rootfs, { name: 'rootfs/c', type: '7', content: 'c' }]],
  ['a parent that is missing', [manifestEntry(), rootfs, { name: 'rootfs/a/b/c', content: '' }]],
  ['no rootfs entry, but files in it', [manifestEntry(), { name: 'rootfs/a', content: '' }]],
  ['no manifest', [rootfs]],
  ['no rootfs', [manifestEntry()]],
  ['nothing', []],
  ['rootfs is a file', [manifestEntry(), { name: 'rootfs', content: '' }]],
  ['rootfs is a symlink', [manifestEntry(), { name: 'rootfs', type: '2', link: '/' }]],
  ['manifest is a directory', [{ name: 'manifest', type: '5' }, rootfs]],
  [
    'manifest is a symlink',
    [{ name: 'manifest', type: '2', link: 'rootfs/m' }, rootfs, { name: 'rootfs/m', content: good }],
  ],
  [
    'manifest is a hard link',
    [rootfs, { name: 'rootfs/m', content: good }, { name: 'manifest', type: '1', link: 'rootfs/m' }],
  ],
  ['manifest is a FIFO', [{ name: 'manifest', type: '6' }, rootfs]],
  ['two manifests', [manifestEntry(), manifestEntry(), rootfs]],
  ['two manifests, written differently', [manifestEntry(), { ...manifestEntry(), name: './manifest' }, rootfs]],
  ['two rootfs', [manifestEntry(), rootfs, rootfs]],
  ['one file twice', [manifestEntry(), rootfs, { name: 'rootfs/a', content: '1' }, { name: 'rootfs/a', content: '2' }]],
  [
    'one file twice, written differently',
    [manifestEntry(), rootfs, { name: 'rootfs/a', content: '1' }, { name: './rootfs//a', content: '2' }],
  ],
  ['one directory twice', [manifestEntry(), rootfs, { name: 'rootfs/d', type: '5' }, { name: 'rootfs/d/', type: '5' }]],
  ['a third name', [manifestEntry(), rootfs, { name: 'README', content: '' }]],
  ['a third name that begins alike', [manifestEntry(), rootfs, { name: 'rootfs2/a', content: '' }]],
  ['a hidden third name', [manifestEntry(), rootfs, { name: '.wh..wh.opq', content: '' }]],
  ['an absolute name', [manifestEntry(), rootfs, { name: '/etc/passwd', content: '' }]],
  ['an absolute name inside', [manifestEntry(), rootfs, { name: '/rootfs/a', content: '' }]],
  ['a name that leaves', [manifestEntry(), rootfs, { name: '../a', content: '' }]],
  ['a name that leaves rootfs', [manifestEntry(), rootfs, { name: 'rootfs/../../a', content: '' }]],
  ['a name that leaves rootfs and comes back', [manifestEntry(), rootfs, { name: 'rootfs/b/../a', content: '' }]],
  [
    'a file through a symlink',
    [manifestEntry(), rootfs, { name: 'rootfs/l', type: '2', link: '/tmp' }, { name: 'rootfs/l/a', content: '' }],
  ],
  [
    'a file below a file',
    [manifestEntry(), rootfs, { name: 'rootfs/f', content: '' }, { name: 'rootfs/f/a', content: '' }],
  ],
  ['a hard link out', [manifestEntry(), rootfs, { name: 'rootfs/h', type: '1', link: '/etc/passwd' }]],
  ['a hard link to nothing', [manifestEntry(), rootfs, { name: 'rootfs/h', type: '1', link: 'rootfs/nothing' }]],
  ['an overlay whiteout', [manifestEntry(), rootfs, { name: 'rootfs/w', type: '3', device: [0, 0] }]],
  [
    'an overlay attribute',
    [manifestEntry(), rootfs, { name: 'rootfs/o', type: '5', pax: { 'SCHILY.xattr.trusted.overlay.opaque': 'y' } }],
  ],
  ['an unknown type', [manifestEntry(), rootfs, { name: 'rootfs/z', type: 'Z', content: '' }]],
  ['a broken checksum', [manifestEntry(), rootfs, { name: 'rootfs/a', content: '', badChecksum: true }]],
  ['a size that is no number', [manifestEntry(), rootfs, { name: 'rootfs/a', size: 'xyz' }]],
  ['an empty name', [manifestEntry(), rootfs, { name: '', content: '' }]],
  ['a name of dots', [manifestEntry(), rootfs, { name: 'rootfs/.', type: '5' }]],
]

const plain = image([{ name: 'rootfs/a', content: 'a'.repeat(3000) }])

/** Image files, good and broken. */
export const IMAGES: readonly ImageCase[] = [
  { name: 'plain', bytes: plain },
  { name: 'gzip', bytes: gzipSync(plain) },
  { name: 'bzip2', bytes: filter('bzip2', plain) },
  { name: 'xz', bytes: filter('xz', plain) },
  { name: 'zstd', bytes: zstdCompressSync(plain) },
  {
    name: 'gzip in two members',
    bytes: Buffer.concat([gzipSync(plain.subarray(0, 700)), gzipSync(plain.subarray(700))]),
  },
  { name: 'gzip of gzip', bytes: gzipSync(gzipSync(plain)) },
  { name: 'gzip of nothing', bytes: gzipSync(Buffer.alloc(0)) },
  { name: 'gzip of text', bytes: gzipSync(Buffer.from('hello '.repeat(200))) },
  { name: 'gzip cut short', bytes: gzipSync(plain).subarray(0, -20) },
  { name: 'gzip header only', bytes: gzipSync(plain).subarray(0, 10) },
  { name: 'gzip with a wrong checksum', bytes: damaged(gzipSync(plain), -6) },
  { name: 'gzip with a damaged middle', bytes: damaged(gzipSync(plain), 60) },
  { name: 'xz cut short', bytes: filter('xz', plain).subarray(0, -30) },
  { name: 'bzip2 cut short', bytes: filter('bzip2', plain).subarray(0, -30) },
  { name: 'tar without an end', bytes: unendedTar([manifestEntry(), rootfs]) },
  { name: 'tar cut in a file', bytes: plain.subarray(0, 512 * 5) },
  { name: 'tar cut in a header', bytes: plain.subarray(0, 512 * 2 + 100) },
  { name: 'tar with one block at its end', bytes: plain.subarray(0, -512) },
  { name: 'tar with garbage after its end', bytes: Buffer.concat([plain, Buffer.from('garbage'.repeat(300))]) },
  { name: 'tar with zeros after its end', bytes: Buffer.concat([plain, Buffer.alloc(20480)]) },
  { name: 'zeros', bytes: Buffer.alloc(10240) },
  { name: 'bytes of every value', bytes: Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256)) },
  { name: 'an ELF program', bytes: Buffer.concat([Buffer.from('7f454c46020101', 'hex'), Buffer.alloc(600, 1)]) },
  { name: 'a zip', bytes: Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(600)]) },
  { name: 'HTML', bytes: Buffer.from('<!DOCTYPE html><html></html>') },
  { name: 'UTF-16', bytes: Buffer.from(`\ufeff${good}`, 'utf16le') },
  { name: 'a manifest file', bytes: Buffer.from(good) },
  { name: 'a pod manifest file', bytes: Buffer.from(JSON.stringify(minimalPodManifest())) },
  { name: 'an empty file', bytes: Buffer.alloc(0) },
  ...ARCHIVES.map(([name, entries]) => ({ name: `image: ${name}`, bytes: tar(entries) })),
  ...MANIFESTS.map(([name, text]) => ({
    name: `image with ${name}`,
    bytes: gzipSync(tar([{ name: 'manifest', content: text }, rootfs])),
  })),
]

function damaged(bytes: Buffer, offset: number): Buffer {
  const at = offset < 0 ? bytes.length + offset : offset
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
  return bytes
}
