import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { native } from '#native'
import { render } from '../../../stage0/render/render.js'
import type { Entry } from '../../helpers/aci.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { dependsOn, directory, file, imageBench, link } from '../../helpers/image-store.js'
import { snapshot } from '../../helpers/snapshot.js'
import { appc } from '../../helpers/run-cli.js'

const hardLink = (path: string, target: string): Entry => ({
  name: `rootfs/${path}`,
  type: '1',
  link: `rootfs/${target}`,
})

/** The header that tar --acls writes. */
const acl = (more: string): Readonly<Record<string, string>> => ({
  'SCHILY.acl.access': `user::rw-\nuser:70007:rw-\ngroup::r--\nmask::rw-\nother::---\n${more}`,
})

test(
  'hard links to symlinks, ACLs and labels go with an image into every kind of root',
  { skip: needsRoot },
  async (t) => {
    const bench = imageBench(t)
    const entries = [
      link('s', '/nowhere'),
      hardLink('l', 's'),
      file('x', 'x', { mode: 0o660, pax: acl('') }),
      directory('d', 0o755, {
        pax: { 'SCHILY.acl.default': 'user::rwx,group::r-x,group:70008:rwx,mask::rwx,other::---' },
      }),
      file('y', 'y', { pax: { 'RHT.security.selinux': 'system_u:object_r:bin_t:s0' } }),
    ]
    const { id, rootfs } = await bench.put('one', entries)
    assert.equal(lstatSync(join(rootfs, 's')).ino, lstatSync(join(rootfs, 'l')).ino)
    const names = (path: string): string[] => native.xattrs(join(rootfs, path)).map(({ name }) => name)
    assert.deepEqual(names('x'), ['system.posix_acl_access'])
    assert.deepEqual(names('d'), ['system.posix_acl_default'])
    assert.deepEqual(names('y'), ['security.selinux'])
    assert.equal(lstatSync(join(rootfs, 'x')).mode & 0o777, 0o660)

    const copy = join(bench.root, 'copy')
    mkdirSync(copy)
    await native.mergeTrees([rootfs], copy, 'copy', null)
    assert.deepEqual(snapshot(copy), snapshot(rootfs))

    const top = await bench.put('top', [], { ...dependsOn('one'), pathWhitelist: ['/l', '/x', '/d', '/y'] })
    using rendered = await render(bench.store, top)
    const [layer = ''] = rendered.layers
    assert.equal(readlinkSync(join(layer, 'l')), '/nowhere')
    const kept = (root: string): string[] => snapshot(root, ['s']).map((line) => line.replace(/\| s$/, '| '))
    assert.deepEqual(kept(layer), kept(rootfs))

    const verified = await appc([`--dir=${bench.store.dir.root}`, 'image', 'verify', '--all'])
    assert.match(
      verified.stdout,
      new RegExp(`successfully verified checksum for image: "example.com/one" \\("${id}"\\)`),
    )
    assert.equal(verified.stderr, '')
    assert.equal(verified.status, 0)
  },
)
