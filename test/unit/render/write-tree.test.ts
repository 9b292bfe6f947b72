import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Entry, manifestEntry, rootfs, tar } from '../../helpers/aci.js'
import { draftAppears } from '../../helpers/appears.js'
import { needsRoot } from '../../helpers/data-dir.js'
import { contents, dependsOn, directory, file, imageBench } from '../../helpers/image-store.js'
import { appc, seen, type Seen, start } from '../../helpers/run-cli.js'

const skip = needsRoot

test('image render writes the root with its dependencies, image extract the image alone', { skip }, async (t) => {
  const { root, store, put } = imageBench(t)
  const call = (...words: string[]): Promise<Seen> => appc([`--dir=${store.dir.root}`, 'image', ...words])
  await put('base', [directory('etc', 0o750, { uid: 3 }), file('etc/base', 'base', { mode: 0o4711 })])
  const top = await put('top', [file('own')], dependsOn('base'))
  const out = join(root, 'out')
  mkdirSync(out)

  const rendered = await call('render', 'example.com/top', join(out, 'all'))
  assert.deepEqual([rendered.stdout, rendered.stderr, rendered.status], ['', '', 0])
  assert.deepEqual(contents(join(out, 'all/rootfs')), { etc: 'dir', 'etc/base': 'base', own: 'own' })
  assert.equal(readFileSync(join(out, 'all/manifest'), 'utf8'), readFileSync(join(top.directory, 'manifest'), 'utf8'))
  assert.equal(statSync(join(out, 'all/rootfs/etc/base')).mode & 0o7777, 0o4711)
  assert.deepEqual(
    [statSync(join(out, 'all/rootfs/etc')).mode & 0o7777, statSync(join(out, 'all/rootfs/etc')).uid],
    [0o750, 3],
  )

  assert.equal((await call('render', '--rootfs-only', top.id, join(out, 'bare'))).status, 0)
  assert.deepEqual(Object.keys(contents(join(out, 'bare'))), ['etc', 'etc/base', 'own'])
  assert.equal((await call('extract', top.id, join(out, 'one'))).status, 0)
  assert.deepEqual(Object.keys(contents(join(out, 'one'))), ['manifest', 'rootfs', 'rootfs/own'])
  assert.equal((await call('extract', '--rootfs-only', 'example.com/top', join(out, 'two'))).status, 0)
  assert.deepEqual(contents(join(out, 'two')), { own: 'own' })
  assert.deepEqual(readdirSync(out).sort(), ['all', 'bare', 'one', 'two'])
})

test('a setuid program that is written out is out of the reach of local users', { skip }, async (t) => {
  const { root, store } = imageBench(t)
  const call = (...words: string[]): Promise<Seen> => appc([`--dir=${store.dir.root}`, ...words])
  const su = file('su', '#!/bin/sh\n', { mode: 0o4755 })
  // the image gives everybody access, and makes user 1000 the owner
  const top: Entry = { ...rootfs, mode: 0o777, uid: 1000, gid: 1000 }
  writeFileSync(join(root, 'image.aci'), tar([manifestEntry({ name: 'example.com/top' }), top, su]))
  assert.equal((await call('fetch', join(root, 'image.aci'))).stderr, '')
  chmodSync(root, 0o755)
  for (const verb of ['extract', 'render']) {
    for (const form of [[], ['--rootfs-only']]) {
      const out = join(root, 'out')
      assert.equal((await call('image', verb, '--overwrite', ...form, 'example.com/top', out)).stderr, '')
      const { mode, uid, gid } = statSync(out)
      assert.deepEqual([mode & 0o7777, uid, gid], [0o700, 0, 0], `${verb} ${form.join('')}`)
      const way = join(out, form.length === 0 ? 'rootfs/su' : 'su')
      assert.equal(statSync(way).mode & 0o7777, 0o4755)
      for (const user of [1000, 65534]) {
        const tried = spawnSync(way, { uid: user, gid: user, env: {} })
        assert.match(String(tried.error), /EACCES/, `${verb} ${form.join('')}: user ${user}`)
      }
    }
  }
})

test('what is written out shares nothing with the store', { skip }, async (t) => {
  const { root, store, put } = imageBench(t)
  const top = await put('top', [file('own', 'mine')])
  const call = (...words: string[]): Promise<Seen> => appc([`--dir=${store.dir.root}`, 'image', ...words])
  await call('extract', '--rootfs-only', top.id, join(root, 'out'))
  writeFileSync(join(root, 'out/own'), 'yours')
  assert.equal(readFileSync(join(top.rootfs, 'own'), 'utf8'), 'mine')
})

test('a directory is replaced only where asked, and never one around the store', { skip }, async (t) => {
  const { root, store, put } = imageBench(t)
  const top = await put('top', [file('own')])
  const call = (...words: string[]): Promise<Seen> => appc([`--dir=${store.dir.root}`, 'image', ...words])
  const out = join(root, 'out')
  mkdirSync(join(out, 'older'), { recursive: true })
  for (const verb of ['render', 'extract']) {
    const refused = await call(verb, top.id, out)
    assert.equal(refused.stderr, `appc: ${out}: exists already\nhint: --overwrite replaces it\n`)
    assert.equal(refused.status, 254)
  }
  assert.deepEqual(readdirSync(out), ['older'])
  assert.equal((await call('render', '--overwrite', '--rootfs-only', top.id, out)).stderr, '')
  assert.deepEqual(contents(out), { own: 'own' })
  for (const around of ['/', root, store.dir.root]) {
    const refused = await call('extract', '--overwrite', top.id, around)
    assert.match(refused.stderr, /: the data directory .* is in it\n/)
    assert.equal(refused.status, 2)
  }
  const nowhere = await call('extract', top.id, join(root, 'none/out'))
  assert.match(nowhere.stderr, /none\/out: no such file or directory\n/)
  assert.deepEqual(readdirSync(root).sort(), ['data', 'image.aci', 'out'])
})

test('a symlink is replaced, what it leads to is not', { skip }, async (t) => {
  const { root, store, put } = imageBench(t)
  const top = await put('top', [file('own')])
  const [out, kept] = [join(root, 'out'), join(root, 'kept')]
  mkdirSync(join(kept, 'older'), { recursive: true })
  symlinkSync(kept, out)
  const { stderr } = await appc([
    `--dir=${store.dir.root}`,
    'image',
    'extract',
    '--overwrite',
    '--rootfs-only',
    top.id,
    out,
  ])
  assert.equal(stderr, '')
  assert.deepEqual([contents(out), contents(kept)], [{ own: 'own' }, { older: 'dir' }])
  assert.deepEqual(readdirSync(root).sort(), ['data', 'image.aci', 'kept', 'out'])
})

test('Ctrl-C leaves no part of a tree, and an older one as it was', { skip }, async (t) => {
  const { root, store, put } = imageBench(t)
  const content = 'x'.repeat(2 ** 26)
  const top = await put('top', [file('large', content)])
  const out = join(root, 'out')
  const interrupted = async (): Promise<boolean> => {
    rmSync(out, { recursive: true, force: true })
    mkdirSync(join(out, 'older'), { recursive: true })
    const child = start([`--dir=${store.dir.root}`, 'image', 'extract', '--overwrite', '--rootfs-only', top.id, out])
    const end = seen(child)
    await Promise.race([draftAppears(root), end])
    child.kill('SIGINT')
    const { status } = await end
    assert.deepEqual(readdirSync(root).sort(), ['data', 'image.aci', 'out'])
    assert.deepEqual(contents(out), status === null ? { older: 'dir' } : { large: content })
    return status === null
  }
  // the signal may arrive after the end of the work
  while (!(await interrupted()));
})
