import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { aci, type Entry, image, manifestEntry, records, rootfs, tar, unendedTar } from '../../helpers/aci.js'
import { createDataDir, dataDir } from '../../../stage0/data-dir.js'
import { listing, needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { appc } from '../../helpers/run-cli.js'

const file = (name: string, more: Partial<Entry> = {}): Entry => ({ name, content: 'x', ...more })
const dir = (name: string): Entry => ({ name, type: '5', mode: 0o755 })
const symlink = (name: string, link: string): Entry => ({ name, type: '2', link })
const hardLink = (name: string, link: string): Entry => ({ name, type: '1', link })

/** The attack, the bytes of the archive, and what the message must name. */
const HOSTILE: readonly (readonly [attack: string, archive: Buffer, named: RegExp])[] = [
  ['an absolute path', aci([file('/etc/passwd')]), /\/etc\/passwd.*absolute/],
  ['a path with ..', aci([file('rootfs/../../escape')]), /rootfs\/\.\.\/\.\.\/escape.*\.\./],
  ['a path that goes up and comes back', aci([file('rootfs/a/../b')]), /rootfs\/a\/\.\.\/b.*\.\./],
  [
    'an absolute path in a pax record',
    aci([file('x', { pax: { path: '/etc/cron.d/x' } })]),
    /\/etc\/cron\.d\/x.*absolute/,
  ],
  ['a path with .. in a pax record', aci([file('x', { pax: { path: 'rootfs/../x' } })]), /rootfs\/\.\.\/x.*\.\./],
  [
    'writing through a symlink to the host',
    aci([symlink('rootfs/out', '/tmp'), file('rootfs/out/x')]),
    /rootfs\/out\/x.*symlink/,
  ],
  [
    'writing through a symlink inside',
    aci([dir('rootfs/d'), symlink('rootfs/l', 'd'), file('rootfs/l/x')]),
    /rootfs\/l\/x.*symlink/,
  ],
  [
    'writing through a symlink twice',
    aci([symlink('rootfs/a', 'b'), symlink('rootfs/b', '/'), file('rootfs/a/x')]),
    /rootfs\/a\/x.*symlink/,
  ],
  [
    'a hard link to a file of the host',
    aci([hardLink('rootfs/shadow', '/etc/shadow')]),
    /rootfs\/shadow.*\/etc\/shadow/,
  ],
  ['a hard link out of the root by ..', aci([hardLink('rootfs/shadow', '../../etc/shadow')]), /rootfs\/shadow/],
  ['a hard link to the manifest', aci([hardLink('rootfs/m', 'manifest')]), /rootfs\/m.*outside the rootfs/],
  ['a hard link to what is not there', aci([hardLink('rootfs/a', 'rootfs/b')]), /rootfs\/a.*rootfs\/b/],
  ['a hard link to itself', aci([hardLink('rootfs/a', 'rootfs/a')]), /rootfs\/a.*itself/],
  [
    'a file beneath a hard link to a symlink',
    aci([symlink('rootfs/s', '/etc'), hardLink('rootfs/h', 'rootfs/s'), file('rootfs/h/shadow')]),
    /rootfs\/h\/shadow: it stands beneath the symlink rootfs\/h/,
  ],
  ['a hard link to a directory', aci([dir('rootfs/d'), hardLink('rootfs/h', 'rootfs/d')]), /rootfs\/h.*directory/],
  ['the same file twice', aci([file('rootfs/a'), file('rootfs/a')]), /duplicate file entry in archive: rootfs\/a/],
  ['the same file twice, spelt differently', aci([file('rootfs/a'), file('./rootfs//a')]), /duplicate.*rootfs\/a/],
  [
    'two manifests',
    tar([manifestEntry(), rootfs, manifestEntry({ name: 'example.com/other' })]),
    /duplicate.*manifest/,
  ],
  ['a file where a directory was', aci([dir('rootfs/d'), file('rootfs/d')]), /duplicate.*rootfs\/d/],
  ['a file beneath a file', aci([file('rootfs/f'), file('rootfs/f/g')]), /rootfs\/f\/g.*no directory/],
  ['a third name at the top', aci([file('extra')]), /unrecognized file path in layout: "extra"/],
  ['a name that only begins like rootfs', aci([file('rootfs2/x')]), /unrecognized file path in layout: "rootfs2\/x"/],
  [
    'a rootfs that is a symlink to the host',
    tar([manifestEntry(), symlink('rootfs', '/')]),
    /rootfs is not a directory/,
  ],
  ['a rootfs that is a file', tar([manifestEntry(), file('rootfs')]), /rootfs is not a directory/],
  ['a manifest that is a symlink', tar([symlink('manifest', '/etc/shadow'), rootfs]), /manifest is not a regular file/],
  [
    'a manifest that is a hard link',
    tar([rootfs, file('rootfs/m'), hardLink('manifest', 'rootfs/m')]),
    /manifest is not a regular file/,
  ],
  ['no manifest', tar([rootfs]), /no image manifest found in layout/],
  ['no rootfs', tar([manifestEntry()]), /no rootfs found in layout/],
  ['an empty tar', tar([]), /no image manifest found|it is not a tar/],
  ['a manifest of gigabytes', aci([], { filler: 'x'.repeat(5 * 2 ** 20) }), /manifest: \d+ bytes \(the most is \d+\)/],
  ["overlay's whiteout device", aci([{ name: 'rootfs/gone', type: '3', device: [0, 0] }]), /rootfs\/gone.*whiteout/],
  [
    "overlay's opaque attribute",
    aci([{ ...dir('rootfs/d'), pax: { 'SCHILY.xattr.trusted.overlay.opaque': 'y' } }]),
    /rootfs\/d.*trusted\.overlay\.opaque/,
  ],
  [
    "overlay's redirect in user attributes",
    aci([{ ...dir('rootfs/d'), pax: { 'SCHILY.xattr.user.overlay.redirect': '/' } }]),
    /rootfs\/d.*user\.overlay\.redirect/,
  ],
  [
    'a wrong checksum',
    tar([manifestEntry(), rootfs, file('rootfs/a', { badChecksum: true })]),
    /bad checksum of the header/,
  ],
  [
    'a size that is no number',
    tar([manifestEntry(), rootfs, file('rootfs/a', { size: 'no number  ' })]),
    /rootfs\/a.*size/,
  ],
  [
    'a negative size',
    tar([manifestEntry(), rootfs, file('rootfs/a', { pax: { size: '-1' } })]),
    /pax record: size is negative/,
  ],
  [
    'a file larger than the archive',
    unendedTar([manifestEntry(), rootfs, file('rootfs/a', { size: '77777777777' })]),
    /rootfs\/a|ends/,
  ],
  ['a sparse file of GNU tar', aci([file('rootfs/a', { type: 'S' })]), /rootfs\/a.*sparse/],
  ['a NUL in a name', aci([file('x', { pax: { path: Buffer.from('rootfs/a\0b') } })]), /NUL/],
  [
    'a pax record whose length lies',
    tar([{ name: 'PaxHeader', type: 'x', content: '99 path=rootfs/a\n' }, manifestEntry(), rootfs]),
    /pax|extra header|record/i,
  ],
  [
    'a pax record without a value',
    tar([{ name: 'PaxHeader', type: 'x', content: records({ a: '' }).subarray(0, 2) }, manifestEntry(), rootfs]),
    /pax|extra header|record/i,
  ],
  ['a directory with content', aci([{ ...dir('rootfs/d'), content: 'hidden' }]), /rootfs\/d.*content/],
  ['a gzip that breaks off', aci([file('rootfs/a')]).subarray(0, 100), /gzip|ends|truncated|unexpected/i],
  ['a gzip whose checksum is wrong', corrupt(aci([file('rootfs/a')])), /gzip|corrupt|checksum/i],
  ['a tar that breaks off', image([file('rootfs/a')]).subarray(0, 1300), /ends|truncated|unexpected/i],
  ['a decompression bomb', gzipSync(Buffer.concat([image(), Buffer.alloc(300 * 2 ** 20)]), { level: 9 }), /bytes/],
  ['bytes that are no archive', Buffer.from('#!/bin/sh\necho this is no image\n'.repeat(40)), /not a tar|no tar/],
  ['nothing at all', Buffer.alloc(0), /empty|not a tar|ends/],
]

function corrupt(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(copy.readUInt32LE(copy.length - 8) ^ 1, copy.length - 8)
  return copy
}

for (const [attack, archive, named] of HOSTILE) {
  test(`refused before anything is visible: ${attack}`, { skip: needsRoot }, async (t) => {
    const root = temporaryDirectory(t)
    const [data, path] = [join(root, 'data'), join(root, 'hostile.aci')]
    writeFileSync(path, archive)
    createDataDir(dataDir(data))
    const before = listing(data)

    const { status, stdout, stderr } = await appc([`--dir=${data}`, 'fetch', path])
    assert.equal(stdout, '')
    assert.equal(status, 254)
    assert.ok(stderr.startsWith(`appc: ${path}: `), stderr)
    assert.match(stderr, named)
    assert.deepEqual(listing(data), before)

    const verdict = await appc(['validate', '--type=appimage', path])
    assert.equal(verdict.status, 1)
    assert.match(verdict.stderr, named)
  })
}
