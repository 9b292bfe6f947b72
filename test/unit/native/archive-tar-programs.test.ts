import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { native } from '#native'
import { minimalImageManifest } from '../../helpers/manifests.js'
import { ingest, needsRoot, scratch, withFile } from '../../helpers/scratch.js'
import { snapshot } from '../../helpers/snapshot.js'

const answers = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

interface Kind {
  readonly name: string
  /** A shell program that makes it in the root of the image. */
  readonly script: string
  /**
   * A feature that not every archive program supports. Attributes and ACLs cannot be made on every
   * file system.
   */
  readonly needs?: 'pax' | 'attributes' | 'acl' | 'long names'
  /** The error of ingest where the program packs the file and the image is refused. */
  readonly refused?: RegExp
}

const kind = (name: string, script: string, more: Pick<Kind, 'needs' | 'refused'> = {}): Kind => ({
  name,
  script,
  ...more,
})

const LONG = 'n=$(printf "%0200d"); m=$(printf "%0255d")'
const SPARSE = 'truncate -s 3000000 x; printf middle | dd of=x bs=1 seek=1500000 conv=notrunc status=none'

const KINDS: readonly Kind[] = [
  kind('a file', 'echo x >x'),
  kind('an empty file', ': >x'),
  kind('a large file', 'seq 1000000 >x'),
  kind('an owner of 21 bits', 'echo x >x; chown 2097151:2097151 x'),
  kind('an owner above 21 bits', 'echo x >x; chown 2097152:4000000000 x', { needs: 'pax' }),
  ...['4755', '2755', '6711', '1644', '7777', '0000'].map((mode) =>
    kind(`a file of mode ${mode}`, `echo x >x; chmod ${mode} x`),
  ),
  ...['1777', '2775', '0700'].map((mode) => kind(`a directory of mode ${mode}`, `mkdir d; chmod ${mode} d`)),
  kind('nanoseconds', 'touch -d "2020-01-02 03:04:05.123456789" x', { needs: 'pax' }),
  kind('a time before 1970', 'touch -d "1965-01-02 03:04:05.5" x', { needs: 'pax' }),
  kind('a time after 2106', 'touch -d 2200-01-02 x'),
  kind(
    'times of directories with files in them',
    'mkdir -p d/e; echo x >d/e/x; touch -d 2001-01-01 d/e; touch -d 2002-01-01 d',
  ),
  kind('a time of a symlink', 'ln -s x l; touch -h -d 2003-01-01 l'),
  kind(
    'symlinks that lead anywhere',
    "ln -s /etc/passwd a; ln -s ../../.. b; ln -s gone c; ln -s d d; ln -s $'a b\\n\\\\x' e; ln -s / f; chown -h 7:8 ?",
  ),
  kind('hard links to a file', 'echo x >x; ln x y'),
  kind('hard links across directories', 'mkdir a d; echo x >d/x; ln d/x a/y; ln d/x z'),
  kind('hard links to a symlink', 'ln -s gone x; ln -P x y'),
  kind('a FIFO', 'mkfifo -m 0620 f'),
  kind('devices', 'mknod -m 0600 c c 1 3; mknod -m 0660 b b 7 0'),
  kind('a device with large numbers', 'mknod c c 259 70000'),
  kind('long names', `${LONG}; mkdir $n; echo x >$n/$m`, { needs: 'long names' }),
  kind('a long symlink', `${LONG}; ln -s /$n/$n/$n/$n x`, { needs: 'long names' }),
  kind('a long hard link', `${LONG}; echo x >$n; ln $n $m`, { needs: 'long names' }),
  kind('odd names', "for name in 'a b' $'a\\nb' 'a\\b' é -x '#' '*' '~' a=b $'\\x01'; do echo x >\"./$name\"; done"),
  kind('a name that is no UTF-8', "echo x >$'\\xff\\xfe'"),
  kind('a sparse file', SPARSE),
  ...[
    ['user.colour', '"blue"'],
    ['user.empty', '""'],
    ['user.bytes', '0x00ff0a3d'],
    ['trusted.secret', '"yes"'],
    ['security.capability', '0x0100000200200000000000000000000000000000'],
    ['security.ima', '0x0404'],
    ['security.selinux', '0x73797374656d5f7500'],
    ['security.other', '"x"'],
  ].map(([name = '', value = '']) =>
    kind(`the attribute ${name}`, `echo x >x; setfattr -n ${name} -v '${value}' x`, { needs: 'attributes' }),
  ),
  kind(
    'attributes of a directory and of a symlink',
    'mkdir d; ln -s d l; setfattr -n user.a -v 1 d; setfattr -h -n trusted.b -v 2 l',
    {
      needs: 'attributes',
    },
  ),
  kind('an ACL', 'echo x >x; setfacl -m u:70007:rw,g:70008:x x', { needs: 'acl' }),
  kind('a default ACL', 'mkdir d; setfacl -m u:70007:rwx,d:u:70009:r,d:g::rwx d; echo x >d/x', { needs: 'acl' }),
  kind('a default ACL that says no more than a mode', 'mkdir d; setfacl -m d:u::rwx,d:g::rx,d:o::- d', {
    needs: 'acl',
  }),
  kind('a whiteout of overlay', 'mknod w c 0 0', { refused: /rootfs\/w: a whiteout of overlay/ }),
  kind('an attribute of overlay', 'mkdir d; setfattr -n trusted.overlay.opaque -v y d', {
    needs: 'attributes',
    refused: /rootfs\/d\/?: the attribute trusted\.overlay\.opaque belongs to overlay/,
  }),
]

interface Program {
  readonly words: readonly string[]
  readonly keeps: readonly (Kind['needs'] | undefined)[]
}

const ATTRIBUTES = ['--xattrs', '--xattrs-include=*']
const PROGRAMS: readonly Program[] = [
  { words: ['tar', '--format=pax', ...ATTRIBUTES], keeps: [undefined, 'pax', 'attributes', 'acl', 'long names'] },
  {
    words: ['tar', '--format=pax', '--acls', '--selinux', ...ATTRIBUTES],
    keeps: [undefined, 'pax', 'attributes', 'acl', 'long names'],
  },
  { words: ['tar', '--format=gnu'], keeps: [undefined, 'long names'] },
  { words: ['tar', '--format=oldgnu'], keeps: [undefined, 'long names'] },
  { words: ['tar', '--format=ustar'], keeps: [undefined] },
  {
    words: ['bsdtar', '--format=pax', '--xattrs', '--acls', '--numeric-owner'],
    keeps: [undefined, 'pax', 'attributes', 'acl', 'long names'],
  },
  { words: ['bsdtar', '--format=gnutar'], keeps: [undefined, 'long names'] },
  { words: ['bsdtar', '--format=ustar'], keeps: [undefined] },
]

/** What a program does not support, or does differently. */
const NOT_KEPT = [
  /=ustar.*: (a device with large numbers|a time after 2106)/,
  /=oldgnu.*: a device with large numbers/,
  // it stores them in 18 bits
  /bsdtar --format=ustar.*: an owner of 21 bits/,
  // it writes -1.5 for -0.5
  /bsdtar --format=pax.*: a time before 1970/,
  /bsdtar .*: (the attribute (security\.(ima|selinux)|trusted)|attributes of a directory and of a symlink)/,
  // it packs the holes by default
  /bsdtar --format=pax.*: a sparse file/,
]

/**
 * A layout with such a file in a directory of the test. `made`: whether this file system supports
 * it.
 */
function layout(
  t: TestContext,
  { script, needs }: Pick<Kind, 'script' | 'needs'>,
): { readonly directory: string; readonly made: boolean } {
  const directory = scratch(t)
  const root = join(directory, 'layout/rootfs')
  mkdirSync(root, { recursive: true })
  writeFileSync(join(directory, 'layout/manifest'), JSON.stringify(minimalImageManifest()))
  const { status, stderr } = spawnSync('bash', ['-euc', script], { cwd: root, encoding: 'utf8' })
  const optional = needs === 'attributes' || needs === 'acl'
  assert.ok(status === 0 || optional, stderr)
  execFileSync('touch', ['-d', '2000-01-01', root])
  return { directory, made: status === 0 }
}

function pack(directory: string, words: readonly string[]): { readonly bytes: Buffer; readonly said: string } {
  const [program = '', ...options] = words
  const file = join(directory, 'packed.tar')
  const place = join(directory, 'layout')
  const { status, stderr } = spawnSync(program, [...options, '-C', place, '-cf', file, 'manifest', 'rootfs'], {
    encoding: 'utf8',
  })
  return { bytes: status === 0 ? readFileSync(file) : Buffer.alloc(0), said: stderr }
}

describe(
  'what an image holds is as the archive says, whatever program packed it',
  { skip: needsRoot, concurrency: 2 },
  () => {
    for (const { words, keeps } of PROGRAMS) {
      const [program = ''] = words
      for (const kind of KINDS) {
        if (!keeps.includes(kind.needs)) continue
        const name = `${words.slice(0, 3).join(' ')}: ${kind.name}`
        if (NOT_KEPT.some((pattern) => pattern.test(name))) continue
        test(name, { skip: answers(program) ? false : `this host has no ${program}` }, async (t) => {
          const { directory, made } = layout(t, kind)
          if (!made) {
            t.skip('it cannot be made on this file system')
            return
          }
          const { bytes, said } = pack(directory, words)
          assert.notEqual(bytes.length, 0, said)
          if (kind.refused !== undefined) {
            await assert.rejects(ingest(directory, 'image', bytes), kind.refused)
            return
          }
          const { tree } = await ingest(directory, 'image', bytes)
          // The other formats have whole seconds only, and bsdtar packs nanoseconds only where
          // necessary.
          const exact = words[1] === '--format=pax' && (program === 'tar' || kind.needs === 'pax')
          const seen = (root: string): string[] =>
            snapshot(root).map((line) => (exact ? line : line.replace(/(\| -?\d+)\d{9} (?=\|)/, '$1 ')))
          assert.deepEqual(seen(join(tree, 'rootfs')), seen(join(directory, 'layout/rootfs')), said)
          await withFile(join(directory, 'again.tar'), 'w', (fd) => native.exportArchive(tree, fd))
          assert.ok(readFileSync(join(directory, 'again.tar')).equals(bytes), 'it is exported as it came')
        })
      }
    }
  },
)

describe('an error names what an archive may contain and an image may not', { skip: needsRoot }, () => {
  const row = (name: string, words: readonly string[], script: string, message: RegExp, needs?: 'acl'): void => {
    test(name, { skip: answers(words[0] ?? '') ? false : `this host has no ${words[0] ?? ''}` }, async (t) => {
      const { directory, made } = layout(t, { script, ...(needs && { needs }) })
      if (!made) {
        t.skip('it cannot be made on this file system')
        return
      }
      const { bytes, said } = pack(directory, words)
      assert.notEqual(bytes.length, 0, said)
      await assert.rejects(ingest(directory, 'image', bytes), message)
    })
  }
  const UNSPARSE =
    /: sparse files \(GNU\.sparse\.\w+\) are not supported, repack without --sparse \(bsdtar: with --no-read-sparse\)/
  for (const version of ['0.0', '0.1', '1.0']) {
    row(
      `a sparse file of pax ${version}`,
      ['tar', '--format=pax', '--sparse', `--sparse-version=${version}`],
      SPARSE,
      UNSPARSE,
    )
  }
  row('a sparse file of bsdtar', ['bsdtar', '--format=pax'], SPARSE, UNSPARSE)
  for (const format of ['gnu', 'oldgnu']) {
    const message = /rootfs\/x: sparse files \(GNU\) are not supported, repack without --sparse/
    row(`a sparse file of ${format}`, ['tar', `--format=${format}`, '--sparse'], SPARSE, message)
  }
  const label = /mine: a volume label \(GNU\), repack without --label/
  row('a volume label', ['tar', '--format=gnu', '--label=mine'], 'echo x >x', label)
  const incremental = /rootfs\/: a directory of an incremental archive \(GNU\), repack without --incremental/
  row('an incremental archive', ['tar', '--format=gnu', '--incremental'], 'mkdir d', incremental)
  const named =
    /ACL: user:daemon:rw-: a name without a number, repack with --xattrs --xattrs-include='\*' in place of --acls/
  row(
    'an ACL that names a user',
    ['tar', '--format=pax', '--acls'],
    'echo x >x; setfacl -m u:daemon:rw x',
    named,
    'acl',
  )
})
