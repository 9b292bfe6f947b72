import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { image } from '../../helpers/archive.js'
import { ingest, needsRoot, scratch } from '../../helpers/scratch.js'
import { native } from '#native'

describe('removeTree', () => {
  test('removes links, never their targets', (t) => {
    const base = scratch(t)
    mkdirSync(join(base, 'kept'))
    writeFileSync(join(base, 'kept/file'), '')
    mkdirSync(join(base, 'tree/a/b'), { recursive: true })
    symlinkSync('../../kept', join(base, 'tree/a/link'))
    symlinkSync('tree', join(base, 'top'))
    native.removeTree(join(base, 'top'))
    assert.ok(existsSync(join(base, 'tree/a/b')))
    native.removeTree(join(base, 'tree'))
    assert.deepEqual(readdirSync(base), ['kept'])
    assert.deepEqual(readdirSync(join(base, 'kept')), ['file'])
  })

  test('handles any depth', (t) => {
    const base = scratch(t)
    const nest = 'mkdir "tree"; chdir "tree"; for (1 .. 3000) { mkdir "d"; open(F, ">", "f"); chdir "d" or die }'
    execFileSync('perl', ['-e', nest], { cwd: base })
    native.removeTree(join(base, 'tree'))
    assert.deepEqual(readdirSync(base), [])
  })

  test('removes a file, and succeeds where nothing exists', (t) => {
    const base = scratch(t)
    writeFileSync(join(base, 'file'), '')
    native.removeTree(join(base, 'file'))
    native.removeTree(join(base, 'file'))
    assert.deepEqual(readdirSync(base), [])
  })
})

describe('copyMetadata', { skip: needsRoot }, () => {
  test('copies owner, mode, times and attributes', async (t) => {
    const base = scratch(t)
    const pax = [
      ['SCHILY.xattr.user.a', 'value'],
      ['mtime', '5.25'],
    ] as const
    const { tree } = await ingest(
      base,
      'image',
      image({ path: 'rootfs/d', type: '5', mode: 0o2750, uid: 3, gid: 4, pax }),
    )
    mkdirSync(join(base, 'to'))
    native.copyMetadata(join(tree, 'rootfs/d'), join(base, 'to'))
    const { mode, uid, gid, mtimeNs } = lstatSync(join(base, 'to'), { bigint: true })
    assert.deepEqual([mode.toString(8), uid, gid, mtimeNs], ['42750', 3n, 4n, 5_250_000_000n])
    assert.deepEqual(native.xattrs(join(base, 'to')), [{ name: 'user.a', value: Buffer.from('value') }])
  })

  test('does not follow a symlink to a directory', (t) => {
    const base = scratch(t)
    mkdirSync(join(base, 'd'))
    symlinkSync('d', join(base, 'l'))
    const refused = { code: 'ENOTDIR', message: `${join(base, 'l')}: not a directory` }
    assert.throws(() => {
      native.copyMetadata(join(base, 'd'), join(base, 'l'))
    }, refused)
  })
})

describe('xattrs', () => {
  test('names a path that does not exist', () => {
    assert.throws(() => native.xattrs('/nonexistent'), {
      code: 'ENOENT',
      message: '/nonexistent: listing attributes: no such file or directory',
    })
  })
})
