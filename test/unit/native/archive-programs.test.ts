import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { image } from '../../helpers/archive.js'
import { ingest, needsRoot, scratch, withFile } from '../../helpers/scratch.js'
import { snapshot } from '../../helpers/snapshot.js'
import { native } from '#native'

/** The reason, for `skip`, why a program of the host cannot be used here. */
const lacks = (program: string): string | false =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined ? false : `this host has no ${program}`

const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex')
const plain = image(
  { path: 'rootfs/bin', type: '5', mode: 0o2775, uid: 7, gid: 8, mtime: 5 },
  { path: 'rootfs/bin/su', content: 'suid', mode: 0o6755, gid: 5 },
  { path: 'rootfs/bin/ping', content: 'ping', mode: 0o755, pax: [['SCHILY.xattr.security.capability', capability]] },
  { path: 'rootfs/bin/sudo', type: '1', link: 'rootfs/bin/su' },
  { path: 'rootfs/big', content: Buffer.alloc(3_000_001, 'content'), pax: [['SCHILY.xattr.user.a', 'b']] },
  { path: 'rootfs/sym', type: '2', link: '../../etc/passwd', uid: 3, gid: 4 },
  { path: 'rootfs/fifo', type: '6', mode: 0o620 },
  { path: 'rootfs/tmp', type: '5', mode: 0o1777, mtime: 1_700_000_000 },
)

describe('SPEC A5: archives packed by real programs are read', { skip: needsRoot }, () => {
  const programs: readonly (readonly [string, ...string[]])[] = [
    ['gzip', '-1'],
    ['gzip', '-9', '--rsyncable'],
    ['pigz', '-p2'],
    ['bzip2', '-1'],
    ['bzip2', '-9'],
    ['xz', '-0'],
    ['xz', '-9', '-e'],
    ['xz', '-T2', '--block-size=65536', '--check=sha256'],
    ['xz', '--x86', '--lzma2=preset=1'],
    ['zstd', '-1'],
    ['zstd', '-19', '--long=27'],
    ['zstd', '-T2', '--no-check'],
  ]
  for (const [program, ...options] of programs) {
    test([program, ...options].join(' '), { skip: lacks(program) }, async (t) => {
      const directory = scratch(t)
      const packed = execFileSync(program, [...options, '-c'], { input: plain, maxBuffer: 2 ** 30, stdio: 'pipe' })
      const wanted = await ingest(directory, 'plain', plain)
      const { facts } = await ingest(directory, 'packed', packed)
      assert.equal(facts.imageID, wanted.facts.imageID)
      assert.equal(facts.compression, program === 'pigz' ? 'gzip' : program)
    })
  }
})

describe('what we export is read by real programs', { skip: needsRoot }, () => {
  const readers: readonly (readonly [string, ...string[]])[] = [
    ['tar', '--xattrs', '--xattrs-include=*', '--same-owner', '-p'],
    ['bsdtar', '--xattrs', '--same-owner', '-p'],
  ]
  for (const [program, ...options] of readers) {
    test(`${program} extracts the same tree`, { skip: lacks(program) }, async (t) => {
      const directory = scratch(t)
      const { tree } = await ingest(directory, 'image', plain)
      const file = join(directory, 'out.tar')
      await withFile(file, 'w', (fd) => native.exportArchive(tree, fd))
      const target = join(directory, 'extracted')
      mkdirSync(target)
      execFileSync(program, [...options, '-C', target, '-xf', file], { stdio: 'pipe' })
      assert.deepEqual(snapshot(join(target, 'rootfs')), snapshot(join(tree, 'rootfs')))
      assert.deepEqual(readFileSync(join(target, 'manifest')), readFileSync(join(tree, 'manifest')))
    })
  }

  test('tar finds no fault with it, packed again by tar itself', { skip: lacks('tar') }, async (t) => {
    const directory = scratch(t)
    const { facts, tree } = await ingest(directory, 'image', plain)
    const file = join(directory, 'out.tar')
    await withFile(file, 'w', (fd) => native.exportArchive(tree, fd))
    const listed = spawnSync('tar', ['-tvf', file], { encoding: 'utf8' })
    assert.deepEqual([listed.status, listed.stderr], [0, ''])
    assert.equal(listed.stdout.trim().split('\n').length, facts.entries)
    for (const option of ['--gzip', '--bzip2', '--xz', '--zstd']) {
      const packed = spawnSync('tar', [option, '--xattrs', '-C', tree, '-cf-', 'manifest', 'rootfs'], {
        maxBuffer: 2 ** 30,
      })
      if (packed.status !== 0) {
        t.diagnostic(`this host's tar cannot do ${option}`)
        continue
      }
      writeFileSync(join(directory, 'again.aci'), packed.stdout)
      const again = await ingest(directory, option.slice(2), packed.stdout)
      assert.equal(again.facts.compression, option.slice(2))
      assert.equal(again.facts.contentBytes, facts.contentBytes)
    }
  })
})
