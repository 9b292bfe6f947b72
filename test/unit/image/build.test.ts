import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { native } from '#native'
import { draftAppears } from '../../helpers/appears.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { minimalImageManifest } from '../../helpers/manifests.js'
import { appc, seen, start } from '../../helpers/run-cli.js'

const skip = needsRoot

/** An image layout with every kind of file. */
function makeLayout(root: string): string {
  const layout = join(root, 'layout')
  const at = (path: string): string => join(layout, 'rootfs', path)
  mkdirSync(at('bin'), { recursive: true })
  writeFileSync(join(layout, 'manifest'), JSON.stringify(minimalImageManifest()))
  writeFileSync(at('bin/tool'), Buffer.alloc(3_000_001, 'tool'))
  chownSync(at('bin/tool'), 1000, 3_000_000)
  chmodSync(at('bin/tool'), 0o6755)
  utimesSync(at('bin/tool'), 0, 1_000_000_000.25)
  linkSync(at('bin/tool'), at('bin/twin'))
  symlinkSync('/nowhere/at/all', at('bin/link'))
  mkdirSync(at('long/'.padEnd(200, 'directory/')), { recursive: true })
  writeFileSync(join(at('long/'.padEnd(200, 'directory/')), 'naïve name'), '')
  writeFileSync(Buffer.concat([Buffer.from(`${at('bin')}/`), Buffer.from([0x66, 0xe9])]), 'not UTF-8')
  execFileSync('mkfifo', [at('fifo')])
  execFileSync('mknod', [at('null'), 'c', '1', '3'])
  execFileSync('mknod', [at('disk'), 'b', '259', '300000'])
  return layout
}

const contents = (tree: string): string =>
  execFileSync('find', ['.', '-printf', '%P %y %m %U:%G %s %T@ %l %n\n'], { cwd: tree, encoding: 'latin1' })
    .split('\n')
    // the size of a directory depends on the file system
    .map((line) => line.replace(/ d (\d+ \d+:\d+) \d+ /, ' d $1 - '))
    .sort()
    .join('\n')

test(
  'SPEC A4: what build writes, fetch restores: owners, modes, times, links, devices, names of any bytes',
  { skip },
  async (t) => {
    const root = temporaryDirectory(t)
    const layout = makeLayout(root)
    const built = await appc(['build', layout, join(root, 'out.aci')])
    assert.deepEqual([built.status, built.stdout, built.stderr], [0, '', ''])
    const { stdout, stderr } = await appc([`--dir=${root}/data`, 'fetch', join(root, 'out.aci')])
    assert.equal(stderr, '')
    const stored = join(root, 'data/cas', stdout.trim(), 'rootfs')
    assert.equal(contents(stored), contents(join(layout, 'rootfs')))
    assert.equal(
      execFileSync('diff', ['-r', '--no-dereference', join(layout, 'rootfs/bin'), join(stored, 'bin')]).toString(),
      '',
    )
  },
)

test('SPEC A4: file capabilities go through build and fetch', { skip }, async (t) => {
  const root = temporaryDirectory(t)
  const layout = makeLayout(root)
  try {
    execFileSync('setcap', ['cap_net_raw+ep', join(layout, 'rootfs/bin/tool')], { stdio: 'ignore' })
  } catch {
    t.skip('this machine has no setcap, or its file system no attributes')
    return
  }
  await appc(['build', layout, join(root, 'out.aci')])
  const { stdout } = await appc([`--dir=${root}/data`, 'fetch', join(root, 'out.aci')])
  const path = join(root, 'data/cas', stdout.trim(), 'rootfs/bin/tool')
  const [capability] = native.xattrs(path).filter(({ name }) => name === 'security.capability')
  assert.deepEqual(
    capability,
    native.xattrs(join(layout, 'rootfs/bin/tool')).find(({ name }) => name === 'security.capability'),
  )
  assert.ok(capability)
})

test('SPEC V1: the same input gives the same image', { skip }, async (t) => {
  const root = temporaryDirectory(t)
  const layout = makeLayout(root)
  const copy = join(root, 'copy')
  execFileSync('cp', ['-a', layout, copy])
  for (const [from, to] of [
    [layout, 'one.aci'],
    [copy, 'two.aci'],
  ] as const)
    await appc(['build', from, join(root, to)])
  assert.equal(execFileSync('cmp', [join(root, 'one.aci'), join(root, 'two.aci')]).toString(), '')
})

test('build --owner-root gives everything to root, --no-compression a plain tar', { skip }, async (t) => {
  const root = temporaryDirectory(t)
  const out = join(root, 'out.aci')
  await appc(['build', '--owner-root', '-no-compression', makeLayout(root), out])
  const owners = execFileSync('tar', ['--numeric-owner', '-tvf', out], { encoding: 'latin1' }).match(/ \d+\/\d+ /g)
  assert.deepEqual(new Set(owners), new Set([' 0/0 ']))
})

test('build leaves sockets out', { skip }, async (t) => {
  const root = temporaryDirectory(t)
  const layout = makeLayout(root)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(layout, 'rootfs/socket'), resolve))
  t.after(() => server.close())
  const { stderr } = await appc(['build', layout, join(root, 'out.aci')])
  assert.equal(stderr, '')
  assert.doesNotMatch(execFileSync('tar', ['-tzf', join(root, 'out.aci')], { encoding: 'latin1' }), /socket/)
})

test('build refuses in the words of actool, with exit status 1, and leaves nothing behind', { skip }, async (t) => {
  const root = temporaryDirectory(t)
  const layout = makeLayout(root)
  const broken = (name: string, change: (path: string) => void): string => {
    const path = join(root, name)
    cpSync(layout, path, { recursive: true, filter: (from) => !/fifo|null|disk|bin/.test(from) })
    change(path)
    return path
  }
  const extra = broken('extra', (path) => writeFileSync(join(path, 'foo'), ''))
  const bad = broken('bad', (path) => writeFileSync(join(path, 'manifest'), '{"acKind":"ImageManifest"}'))
  mkdirSync(join(root, 'empty'))
  writeFileSync(join(root, 'there.aci'), 'old')
  const before = readdirSync(root).sort()
  const cases: readonly (readonly [words: string[], message: RegExp])[] = [
    [[], /^build: Must provide directory and output file\n$/],
    [[layout], /^build: Must provide directory and output file\n$/],
    [[layout, join(root, 'out.tar')], /^build: Extension must be \.aci \(given \.tar\)\n$/],
    [[layout, join(root, 'there.aci')], /^build: Target file exists \(try --overwrite\)\n$/],
    [
      [layout, join(root, 'no/where.aci')],
      /^build: Unable to open target .*no\/where\.aci: .*no such file or directory\n$/,
    ],
    [
      [join(root, 'empty'), join(root, 'out.aci')],
      /^build: Layout failed validation: no image manifest found in layout\n$/,
    ],
    [[extra, join(root, 'out.aci')], /^build: Layout failed validation: unrecognized file path in layout: "foo"\n$/],
    [
      [bad, join(root, 'out.aci')],
      /^build: Layout failed validation: image manifest validation failed: .*acVersion must be set\n$/,
    ],
  ]
  for (const [words, message] of cases) {
    const { status, stdout, stderr } = await appc(['build', ...words])
    assert.match(stderr, message)
    assert.deepEqual([status, stdout], [/Must provide|Extension/.test(stderr) ? 2 : 1, ''])
    assert.deepEqual(readdirSync(root).sort(), before)
  }
  assert.equal((await appc(['build', '--overwrite', layout, join(root, 'there.aci')])).stderr, '')
  assert.ok(statSync(join(root, 'there.aci')).size > 1000)
})

test(
  'SPEC V2: validate tells by itself what a file is, is silent when it is valid, and says so under --debug',
  { skip },
  async (t) => {
    const root = temporaryDirectory(t)
    const layout = makeLayout(root)
    const [image, manifest, text] = [join(root, 'out.aci'), join(layout, 'manifest'), join(root, 'binary')]
    await appc(['build', layout, image])
    writeFileSync(text, Buffer.from([1, 2, 3]))
    const quiet = await appc(['validate', image, layout, manifest])
    assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [0, '', ''])
    const debug = await appc(['--debug', 'validate', image, layout, manifest])
    assert.equal(
      debug.stderr,
      `${image}: valid app container image\n${layout}: valid image layout\n${manifest}: valid ImageManifest\n`,
    )
    const refusals: readonly (readonly [words: string[], message: string])[] = [
      [[join(root, 'none')], `unable to access ${root}/none: stat ${root}/none: no such file or directory`],
      [['-type=manifest', layout], `${layout} is a directory (wrong --type?)`],
      [
        ['--type', 'layout', manifest],
        `${manifest}: invalid image layout: given path "${manifest}" is not a directory`,
      ],
      [[text], `${text}: unable to detect filetype (try --type)`],
    ]
    const nothing = await appc(['validate'])
    assert.deepEqual([nothing.status, nothing.stderr], [2, 'must pass one or more files\n'])
    for (const [words, message] of refusals) {
      const { status, stdout, stderr } = await appc(['validate', ...words])
      assert.deepEqual([status, stdout, stderr], [1, '', `${message}\n`])
    }
  },
)

test('Ctrl-C during build leaves no partial output', { skip }, async (t) => {
  const root = temporaryDirectory(t)
  const layout = makeLayout(root)
  execFileSync('truncate', ['-s', '4G', join(layout, 'rootfs/large')])
  const child = start(['build', layout, join(root, 'out.aci')])
  const end = seen(child)
  await draftAppears(root)
  child.kill('SIGINT')
  assert.equal((await end).status, null)
  assert.deepEqual(readdirSync(root), ['layout'])
})
