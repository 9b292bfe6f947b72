import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { END, MANIFEST, ROOTFS, extra, image, padded, record, tar } from '../../helpers/archive.js'
import { bzip2, gzip, xz, zstd, type Packer } from '../../helpers/compress.js'
import { LIMITS, ingest, needsRoot, scratch, withFile } from '../../helpers/scratch.js'
import { snapshot } from '../../helpers/snapshot.js'
import { native } from '#native'

const imageID = (bytes: Buffer): string => `sha512-${createHash('sha512').update(bytes).digest('hex')}`

/**
 * Ingests `bytes` (a compressed `plain`) and checks that the export equals `plain` byte for byte.
 */
async function thereAndBack(directory: string, name: string, plain: Buffer, bytes = plain): Promise<string> {
  const { facts, tree } = await ingest(directory, name, bytes)
  assert.equal(facts.imageID, imageID(plain))
  assert.equal(facts.tarBytes, plain.length)
  assert.deepEqual(readdirSync(tree).sort(), ['manifest', 'record', 'rootfs'])
  assert.deepEqual(facts.manifest, readFileSync(join(tree, 'manifest')))
  const out = join(directory, `${name}.out`)
  assert.equal(await withFile(out, 'w', (fd) => native.exportArchive(tree, fd)), facts.imageID)
  assert.ok(readFileSync(out).equals(plain), 'the export differs from the archive')
  return tree
}

/** VFS_CAP_REVISION_2 with CAP_NET_RAW, effective. */
const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex')
const longName = `rootfs/${'d'.repeat(120)}/${'f'.repeat(200)}`
const raw = Buffer.concat([Buffer.from('rootfs/latin1-'), Buffer.from([0xe9, 0xff, 0x0a])])

const everything = image(
  { path: 'rootfs/bin/', type: '5', mode: 0o2775, uid: 7, gid: 8, mtime: 5 },
  { path: 'rootfs/bin/su', content: 'suid', mode: 0o6755, uid: 0, gid: 5 },
  { path: 'rootfs/bin/ping', content: 'ping', mode: 0o755, pax: [['SCHILY.xattr.security.capability', capability]] },
  { path: 'rootfs/bin/sudo', type: '1', link: 'rootfs/bin/su' },
  { path: 'rootfs/tmp', type: '5', mode: 0o1777 },
  { path: 'rootfs/etc/deep/implied', content: 'x', uid: 4_000_00, pax: [['uid', '4000000000']] },
  { path: 'rootfs/nano', content: 'n', pax: [['mtime', '1700000000.123456789']] },
  { path: 'rootfs/old', content: 'n', pax: [['mtime', '-1.5']] },
  { path: 'rootfs/abs', type: '2', link: '/bin/su', uid: 3, gid: 4 },
  { path: 'rootfs/up', type: '2', link: '../../../../etc/passwd' },
  { path: 'rootfs/fifo', type: '6', mode: 0o620, gid: 5 },
  { path: 'rootfs/big', content: Buffer.alloc(3_000_001, 'content') },
  { path: 'rootfs/empty', content: '' },
  { path: 'x', pax: [['path', longName]], content: 'long' },
  { path: raw, content: 'bytes' },
  {
    path: 'rootfs/attributes',
    type: '5',
    pax: [
      ['SCHILY.xattr.user.binary', Buffer.from([0, 1, 0x0a, 0x3d, 0xff, 0])],
      ['SCHILY.xattr.user.none', ''],
      ['LIBARCHIVE.xattr.user.archived', 'AP8'],
    ],
  },
)

/** Whether this host allows device nodes: a container may not. */
function deviceRefusal(): string | false {
  if (needsRoot !== false) return needsRoot
  try {
    execFileSync('sh', ['-c', 'd=$(mktemp -d) && trap "rm -r $d" EXIT && mknod "$d/n" c 1 3'], { stdio: 'pipe' })
    return false
  } catch {
    return 'this host refuses mknod'
  }
}

describe('SPEC A4: all properties are kept', { skip: needsRoot }, () => {
  test('as they are in the archive', async (t) => {
    const tree = await thereAndBack(scratch(t), 'all', everything)
    const at = (path: string) => lstatSync(join(tree, path), { bigint: true })
    const facts = (path: string): string => {
      const { mode, uid, gid } = at(path)
      return `${mode.toString(8)} ${uid}:${gid}`
    }
    assert.equal(facts('rootfs/bin'), '42775 7:8')
    assert.equal(at('rootfs/bin').mtimeNs, 5_000_000_000n)
    assert.equal(facts('rootfs/bin/su'), '106755 0:5')
    assert.equal(at('rootfs/bin/su').ino, at('rootfs/bin/sudo').ino)
    assert.equal(facts('rootfs/tmp'), '41777 0:0')
    assert.equal(facts('rootfs/etc'), '40755 0:0')
    assert.equal(facts('rootfs/etc/deep'), '40755 0:0')
    assert.equal(at('rootfs/etc/deep').mtimeNs, 0n)
    assert.equal(facts('rootfs/etc/deep/implied'), '100644 4000000000:0')
    assert.equal(at('rootfs/nano').mtimeNs, 1_700_000_000_123_456_789n)
    assert.equal(at('rootfs/old').mtimeNs, -1_500_000_000n)
    assert.equal(facts('rootfs/abs'), '120777 3:4')
    assert.equal(facts('rootfs/fifo'), '10620 0:5')
    assert.deepEqual(native.xattrs(join(tree, 'rootfs/bin/ping')), [{ name: 'security.capability', value: capability }])
    assert.deepEqual(native.xattrs(join(tree, 'rootfs/attributes')), [
      { name: 'user.archived', value: Buffer.from([0, 255]) },
      { name: 'user.binary', value: Buffer.from([0, 1, 0x0a, 0x3d, 0xff, 0]) },
      { name: 'user.none', value: Buffer.alloc(0) },
    ])
  })

  test('for any umask', async (t) => {
    const before = process.umask(0o077)
    t.after(() => process.umask(before))
    const { tree } = await ingest(scratch(t), 'umask', everything)
    assert.equal(lstatSync(join(tree, 'rootfs/etc')).mode & 0o7777, 0o755)
    assert.equal(lstatSync(join(tree, 'rootfs/tmp')).mode & 0o7777, 0o1777)
  })

  test('a default ACL of a directory is not inherited by what the archive puts in it', async (t) => {
    // Version 2; user::rwx, group::rwx, other::rwx.
    const acl = Buffer.from('02000000' + '01000700ffffffff' + '04000700ffffffff' + '20000700ffffffff', 'hex')
    const bytes = image(
      { path: 'rootfs/d', type: '5', pax: [['SCHILY.xattr.system.posix_acl_default', acl]] },
      { path: 'rootfs/d/e', type: '5', mode: 0o700 },
      { path: 'rootfs/d/e/f', mode: 0o600 },
    )
    const tree = await thereAndBack(scratch(t), 'acl', bytes)
    assert.deepEqual(native.xattrs(join(tree, 'rootfs/d')), [{ name: 'system.posix_acl_default', value: acl }])
    assert.deepEqual(native.xattrs(join(tree, 'rootfs/d/e')), [])
    assert.equal(lstatSync(join(tree, 'rootfs/d/e/f')).mode & 0o7777, 0o600)
  })

  test('device nodes', { skip: deviceRefusal() }, async (t) => {
    const bytes = image(
      { path: 'rootfs/dev/null', type: '3', device: [1, 3], mode: 0o666 },
      { path: 'rootfs/dev/loop300', type: '4', device: [7, 300], mode: 0o660, gid: 6 },
    )
    const tree = await thereAndBack(scratch(t), 'devices', bytes)
    const nodes = snapshot(join(tree, 'rootfs/dev')).map((line) => line.split(' | ').slice(0, 5).join(' '))
    const rdev = (major: number, minor: number): number => (major << 8) | (minor & 0xff) | ((minor & ~0xff) << 12)
    assert.deepEqual(nodes, [
      `loop300 60660 0:6 1000000000000000000 ${rdev(7, 300)}`,
      `null 20666 0:0 1000000000000000000 ${rdev(1, 3)}`,
    ])
  })

  test('an attribute the file system refuses is an error that names both', async (t) => {
    const bytes = image({ path: 'rootfs/l', type: '2', link: 'x', pax: [['SCHILY.xattr.user.a', 'v']] })
    await assert.rejects(ingest(scratch(t), 'refused', bytes), {
      code: 'EPERM',
      message: 'rootfs/l: setting the attribute user.a: operation not permitted',
    })
  })
})

describe('SPEC A5: the compression is detected by content', { skip: needsRoot }, () => {
  const packers: Record<string, Packer> = { none: (bytes) => bytes, gzip, bzip2, xz, zstd }
  for (const [compression, pack] of Object.entries(packers)) {
    test(compression, async (t) => {
      const bytes = pack(everything)
      if (bytes === undefined) {
        t.skip(`this host has no ${compression}`)
        return
      }
      const directory = scratch(t)
      await thereAndBack(directory, 'image', everything, bytes)
      const facts = await withFile(join(directory, 'image.aci'), 'r', (fd) => native.inspectArchive(fd, LIMITS))
      assert.equal(facts.compression, compression)
    })

    test(`${compression}, as two members`, async (t) => {
      const halves = [everything.subarray(0, 5000), everything.subarray(5000)].map(pack)
      if (halves.includes(undefined)) {
        t.skip(`this host has no ${compression}`)
        return
      }
      await thereAndBack(scratch(t), 'image', everything, Buffer.concat(halves.filter((half) => half !== undefined)))
    })
  }
})

describe('what real tar writes comes in and goes out again', { skip: needsRoot }, () => {
  const formats: Record<string, { options: string[]; leaves: string[] }> = {
    // The old formats support neither long names nor attributes; v7 has no device nodes either.
    v7: {
      options: ['--format=v7'],
      leaves: ['attributes', 'bin/ping', 'd'.repeat(120), 'fifo', 'etc/deep/implied', 'nano', 'old'],
    },
    ustar: {
      options: ['--format=ustar'],
      leaves: ['attributes', 'bin/ping', 'd'.repeat(120), 'etc/deep/implied', 'nano', 'old'],
    },
    oldgnu: { options: ['--format=oldgnu'], leaves: ['attributes', 'bin/ping', 'nano', 'old'] },
    gnu: { options: ['--format=gnu'], leaves: ['attributes', 'bin/ping', 'nano', 'old'] },
    pax: { options: ['--format=pax', '--xattrs', '--xattrs-include=*'], leaves: [] },
    'GNU with a large blocking factor': {
      options: ['--format=gnu', '--blocking-factor=200'],
      leaves: ['attributes', 'bin/ping', 'nano', 'old'],
    },
  }
  for (const [format, { options, leaves }] of Object.entries(formats)) {
    test(format, async (t) => {
      const directory = scratch(t)
      const { tree } = await ingest(directory, 'first', everything)
      for (const path of leaves) native.removeTree(join(tree, 'rootfs', path))
      const file = join(directory, 'real.tar')
      execFileSync('tar', [...options, '-C', tree, '-cf', file, './manifest', './rootfs'], { stdio: 'pipe' })
      const again = await thereAndBack(directory, 'again', readFileSync(file))
      // Only pax keeps the nanoseconds.
      const coarse = (line: string): string => (format === 'pax' ? line : line.replace(/\d{9} \|/, '000000000 |'))
      const both = [tree, again].map((root) => snapshot(join(root, 'rootfs')).map(coarse))
      assert.deepEqual(both[1], both[0])
      assert.ok((both[0]?.length ?? 0) >= 10)
    })
  }
})

describe('exporting', { skip: needsRoot }, () => {
  const oddities: Record<string, Buffer> = {
    'no end-of-archive marker': everything.subarray(0, -END.length),
    'half an end-of-archive marker': everything.subarray(0, -END.length / 2),
    'bytes behind the end': Buffer.concat([everything, Buffer.alloc(70_000, 'trailing')]),
    'padding that is not zeros': tar(
      MANIFEST,
      ROOTFS,
      Buffer.concat([image({ path: 'rootfs/a', content: 'x' }).subarray(2048 - 512, 2048 + 1), Buffer.alloc(511, 'p')]),
    ),
    'a global pax header': image(extra('g', record('mtime', '12.5')), { path: 'rootfs/a' }, { path: 'rootfs/b' }),
    'GNU long names': image(
      extra('L', Buffer.from(`${longName}\0`)),
      { path: 'x', format: 'gnu', content: 'y' },
      extra('K', Buffer.from(`${'t/'.repeat(200)}\0`)),
      { path: 'rootfs/s', format: 'gnu', type: '2', link: 'x' },
    ),
    'an implied directory that comes later': image(
      { path: 'rootfs/a/b' },
      { path: 'rootfs/a', type: '5', mode: 0o700 },
    ),
    'manifest at the end': tar(ROOTFS, { path: 'rootfs/a', content: padded(Buffer.from('a')) }, MANIFEST),
    'the root itself as an entry': tar({ path: './', type: '5' }, { ...MANIFEST, path: './manifest' }, ROOTFS),
  }
  for (const [oddity, bytes] of Object.entries(oddities)) {
    test(oddity, async (t) => {
      await thereAndBack(scratch(t), 'odd', bytes)
    })
  }

  test('reports what changed in the tree', async (t) => {
    const directory = scratch(t)
    const { facts, tree } = await ingest(directory, 'changed', everything)
    const exported = () => withFile(join(directory, 'out'), 'w', (fd) => native.exportArchive(tree, fd))
    writeFileSync(join(tree, 'rootfs/bin/su'), 'SUID')
    await assert.rejects(exported, (error: Error) =>
      error.message.includes(`it was ${facts.imageID} and is now sha512-`),
    )
    truncateSync(join(tree, 'rootfs/bin/su'), 2)
    await assert.rejects(exported, { code: 'ARCHIVE_INVALID', message: 'rootfs/bin/su: it had 4 bytes and has 2' })
    native.removeTree(join(tree, 'rootfs/bin/su'))
    await assert.rejects(exported, { code: 'ENOENT', message: 'rootfs/bin/su: no such file or directory' })
    mkdirSync(join(tree, 'rootfs/bin/su'))
    await assert.rejects(exported, { message: 'rootfs/bin/su: it is no longer a regular file' })
    truncateSync(join(tree, 'record'), statSync(join(tree, 'record')).size - 3)
    native.removeTree(join(tree, 'rootfs/bin/su'))
    writeFileSync(join(tree, 'rootfs/bin/su'), 'suid')
    await assert.rejects(exported, { code: 'ARCHIVE_INVALID', message: /^record: it is damaged \(.+\)$/ })
  })

  test('progress ends at the size of the file or below', async (t) => {
    const directory = scratch(t)
    const file = join(directory, 'image.aci')
    const bytes = image({ path: 'rootfs/big', content: Buffer.alloc(8 << 20, 'x') })
    writeFileSync(file, bytes)
    const reported: number[] = []
    mkdirSync(join(directory, 'tree'))
    await withFile(file, 'r', (fd) =>
      native.ingest(fd, join(directory, 'tree'), LIMITS, (count) => reported.push(count)),
    )
    assert.ok(reported.length >= 4, `reported ${reported.length} times`)
    assert.deepEqual(
      reported,
      reported.toSorted((a, b) => a - b),
    )
    assert.ok(reported.every((count) => count <= bytes.length))
  })
})
