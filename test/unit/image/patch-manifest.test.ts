import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { aci, image, manifestEntry, rootfs, tar, type Entry } from '../../helpers/aci.js'
import { listing, needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { anApp, fullImageManifest, type JsonObject } from '../../helpers/manifests.js'
import { appc, type Seen } from '../../helpers/run-cli.js'
import { findPublicProgram } from '../../helpers/public-program.js'

const oracle = await findPublicProgram('actool')
const skipOracle = 'missing' in oracle ? oracle.missing : false

const FILES: readonly Entry[] = [
  { name: `rootfs/${'long/'.repeat(30)}x`, type: '0', content: 'x', pax: { path: `rootfs/${'long/'.repeat(30)}x` } },
  { name: 'rootfs/data', content: Buffer.alloc(700_001, 'data'), mode: 0o4755, uid: 7 },
  // a value that looks like records of its own
  { name: 'rootfs/sly', content: 'sly', pax: { 'SCHILY.xattr.user.x': 'a\n17 path=manifest\n12 size=9\n' } },
  { name: 'rootfs/manifest', content: '{"not":"it"}' },
]

function scene(t: TestContext, bytes: Buffer): { dir: string; input: string; output: string } {
  const dir = temporaryDirectory(t)
  const [input, output] = [join(dir, 'in.aci'), join(dir, 'out.aci')]
  writeFileSync(input, bytes)
  return { dir, input, output }
}

const patch = (...words: readonly string[]): Promise<Seen> => appc(['image', 'patch-manifest', ...words])

async function manifestOf(file: string): Promise<JsonObject> {
  const { status, stdout, stderr } = await appc(['image', 'cat-manifest', file])
  assert.deepEqual([status, stderr], [0, ''])
  return JSON.parse(stdout) as JsonObject
}

test('SPEC V3: patch-manifest changes the manifest and not a byte of anything else', async (t) => {
  for (const at of ['in front', 'in the middle', 'at the end', 'behind extended headers']) {
    const changes = { app: anApp() }
    const own = manifestEntry(changes)
    const manifest = at === 'behind extended headers' ? { ...own, pax: { path: './manifest', comment: 'x' } } : own
    const entries =
      at === 'in the middle'
        ? [rootfs, manifest, ...FILES]
        : at === 'at the end'
          ? [rootfs, ...FILES, manifest]
          : [manifest, rootfs, ...FILES]
    const { input, output } = scene(t, gzipSync(tar(entries)))
    const { status, stderr } = await patch('--name=example.com/new', input, output)
    assert.deepEqual([status, stderr], [0, ''], at)
    const replaced = { ...(JSON.parse(String(own.content)) as JsonObject), name: 'example.com/new' }
    const expected = entries.map((entry) =>
      entry === manifest ? { ...own, content: JSON.stringify(replaced) } : entry,
    )
    const without = (bytes: Buffer): Buffer => {
      let from = 0
      while (bytes.toString('latin1', from, from + 9) !== 'manifest\0') from += 512
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 512)])
    }
    assert.ok(without(gunzipSync(readFileSync(output))).equals(without(tar(expected))), at)
    assert.equal((await appc(['validate', output])).status, 0, at)
  }
})

for (const [kind, compress] of [
  ['none', (bytes) => bytes],
  ['gzip', (bytes) => gzipSync(bytes)],
  ['zstd', (bytes) => zstdCompressSync(bytes)],
  ['xz', (bytes) => execFileSync('xz', ['-c'], { input: bytes, maxBuffer: 2 ** 24 })],
  ['bzip2', (bytes) => execFileSync('bzip2', ['-c'], { input: bytes, maxBuffer: 2 ** 24 })],
] as const satisfies readonly (readonly [string, (bytes: Buffer) => Buffer])[]) {
  const missing = (kind === 'xz' || kind === 'bzip2') && spawnSync(kind, ['--version']).error !== undefined
  test(`SPEC V3: patch-manifest reads ${kind}`, { skip: missing && `${kind} is not installed` }, async (t) => {
    const { input, output } = scene(t, compress(image(FILES)))
    assert.equal((await patch('--no-compression', '--name=example.com/new', input, output)).stderr, '')
    assert.equal((await manifestOf(output))['name'], 'example.com/new')
    assert.equal(readFileSync(output).toString('latin1', 257, 262), 'ustar')
  })
}

/** Words, and what the app must have then. */
const EDITS: readonly (readonly [words: readonly string[], app: JsonObject])[] = [
  [['--exec=/bin/a b  c'], { exec: ['/bin/a', 'b', '', 'c'] }],
  [['--user=7', '--group=8'], { user: '7', group: '8' }],
  [['--supplementary-groups=1,2'], { supplementaryGIDs: [1, 2] }],
  [
    ['-mounts=one,path=/a:two,path=/b,readOnly=true'],
    {
      mountPoints: [
        { name: 'one', path: '/a' },
        { name: 'two', path: '/b', readOnly: true },
      ],
    },
  ],
  [
    ['--ports=web,protocol=tcp,port=80,count=2,socketActivated=true'],
    { ports: [{ name: 'web', protocol: 'tcp', port: 80, count: 2, socketActivated: true }] },
  ],
  [
    ['--capability=CAP_A,CAP_B', '--isolators=os/linux/no-new-privileges,true'],
    {
      isolators: [
        { name: 'os/linux/capabilities-retain-set', value: { set: ['CAP_A', 'CAP_B'] } },
        { name: 'os/linux/no-new-privileges', value: true },
      ],
    },
  ],
  [
    ['--isolators=resource/memory,limit=1G:resource/block-iops,default=true,limit=5:os/linux/oom-score-adj,-5'],
    {
      isolators: [
        { name: 'os/linux/capabilities-retain-set', value: { set: ['CAP_NET_BIND_SERVICE'] } },
        { name: 'resource/memory', value: { limit: '1G' } },
        { name: 'resource/block-iops', value: { default: true, limit: '5' } },
        { name: 'os/linux/oom-score-adj', value: -5 },
      ],
    },
  ],
  [
    [
      '--isolators=resource/cpu,limit=1',
      '--revoke-capability=CAP_X',
      '--seccomp-mode=remove,errno=EPERM',
      '--seccomp-set=a,b',
    ],
    {
      isolators: [
        { name: 'os/linux/capabilities-remove-set', value: { set: ['CAP_X'] } },
        { name: 'os/linux/seccomp-remove-set', value: { set: ['a', 'b'], errno: 'EPERM' } },
        { name: 'resource/cpu', value: { limit: '1' } },
      ],
    },
  ],
]

for (const [words, changes] of EDITS) {
  test(`SPEC V3: patch-manifest ${words.join(' ')} replaces, and touches nothing else`, async (t) => {
    const full = fullImageManifest()
    const { input, output } = scene(t, aci(FILES, { ...full, 'x-unknown': 'kept' }))
    assert.equal((await patch(...words, input, output)).stderr, '')
    assert.deepEqual(await manifestOf(output), { ...full, 'x-unknown': 'kept', app: { ...anApp(), ...changes } })
  })
}

test('SPEC V3: patch-manifest --manifest takes a valid manifest only', async (t) => {
  const { dir, input, output } = scene(t, aci(FILES))
  const file = join(dir, 'manifest.json')
  const bytes = JSON.stringify(fullImageManifest(), null, 2)
  writeFileSync(file, bytes)
  assert.equal((await patch(`--manifest=${file}`, input, output)).stderr, '')
  assert.equal((await appc(['image', 'cat-manifest', output])).stdout, bytes)
  writeFileSync(file, '{"acKind":"ImageManifest"}')
  const { status, stderr } = await patch(`--manifest=${file}`, '--overwrite', input, output)
  assert.deepEqual([status, stderr.includes('acVersion must be set')], [1, true], stderr)
  assert.equal((await appc(['image', 'cat-manifest', output])).stdout, bytes, 'what was there is there')
})

test('SPEC V3: patch-manifest --replace puts it in the place of the input', async (t) => {
  const { dir, input } = scene(t, aci(FILES))
  assert.equal((await patch('--replace', '--name=example.com/new', input)).stderr, '')
  assert.equal((await manifestOf(input))['name'], 'example.com/new')
  assert.deepEqual(listing(dir), ['in.aci'])
})

test('the output over the input, --overwrite: nothing is lost', async (t) => {
  const { input } = scene(t, aci(FILES))
  assert.equal((await patch('--overwrite', '--name=example.com/new', input, input)).stderr, '')
  assert.equal((await manifestOf(input))['name'], 'example.com/new')
  assert.ok(statSync(input).size > 1000)
})

const REFUSALS: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [['IN'], /^patch-manifest: Must provide input and output files \(or use --replace\)$/],
  [['--replace', 'IN', 'OUT'], /^patch-manifest: Must provide one file$/],
  [['--replace', '--overwrite', 'IN'], /^patch-manifest: Cannot use both --replace and --overwrite$/],
  [['IN', 'IN'], /^patch-manifest: Output file exists \(try --overwrite\)$/],
  [['IN', '/tmp/x.tar'], /^patch-manifest: Extension must be \.aci \(given \.tar\)$/],
  [
    ['--manifest=m', '--ports=a,port=1', 'IN', 'OUT'],
    /^patch-manifest: --manifest is incompatible with other manifest editing options$/,
  ],
  [['--name=BAD', 'IN', 'OUT'], /^patch-manifest: Unable to read .*in\.aci: .*lower case/],
  [['--user=5', 'IN', 'OUT'], /no app in the supplied manifest and no exec command provided$/],
  [['--exec=/a', 'IN', 'OUT'], /user is required/],
  [
    ['--exec=/a', '--capability=A', '--revoke-capability=B', 'IN', 'OUT'],
    /conflicting capabilities isolators provided$/,
  ],
  [['--exec=/a', '--seccomp-set=a', 'IN', 'OUT'], /--seccomp-set specified without --seccomp-mode$/],
  [['--exec=/a', '--seccomp-mode=retain', 'IN', 'OUT'], /--seccomp-mode specified without --seccomp-set$/],
  [['--exec=/a', '--seccomp-mode=keep', '--seccomp-set=a', 'IN', 'OUT'], /unknown seccomp mode keep$/],
  [
    ['--exec=/a', '--isolators=os/linux/seccomp-retain-set,set=a', 'IN', 'OUT'],
    /isolator os\/linux\/seccomp-retain-set is not supported for patching$/,
  ],
  [
    ['--exec=/a', '--mounts=a,path=/x,foo=1', 'IN', 'OUT'],
    /cannot parse mount point "a,path=\/x,foo=1": unknown mountpoint parameter "foo"$/,
  ],
  [['--exec=/a', '--ports=a,port=http', 'IN', 'OUT'], /cannot parse port "a,port=http": "http" is not a whole number$/],
  [['--exec=/a', '--supplementary-groups=wheel', 'IN', 'OUT'], /invalid supplementary group "wheel"$/],
  [
    ['--name=example.com/new', '/nonexistent.aci', 'OUT'],
    /^patch-manifest: Cannot open \/nonexistent\.aci: no such file or directory$/,
  ],
]

/** What no file is to blame for. */
const WRONG_WORDS = /Must provide|Cannot use both|Extension must|is incompatible/

for (const [words, message] of REFUSALS) {
  test(`patch-manifest ${words.join(' ')}: refused, and no file is made`, async (t) => {
    const { dir, input, output } = scene(t, aci(FILES))
    const { status, stdout, stderr } = await patch(...words.map((word) => ({ IN: input, OUT: output })[word] ?? word))
    assert.match(stderr.trimEnd(), message)
    assert.deepEqual([status, stdout], [WRONG_WORDS.test(stderr) ? 2 : 1, ''])
    assert.deepEqual(listing(dir), ['in.aci'])
  })
}

test('a hostile archive is refused before anything is written', async (t) => {
  const { dir, input, output } = scene(t, aci([{ name: 'rootfs/../../etc/passwd', content: 'x' }]))
  const { status, stderr } = await patch('--name=example.com/new', input, output)
  assert.equal(status, 1)
  assert.match(stderr, /^patch-manifest: Unable to read .*in\.aci: /)
  assert.deepEqual(listing(dir), ['in.aci'])
  assert.match((await appc(['image', 'cat-manifest', input])).stderr, /^appc: .*passwd/)
})

test('a stored image can be patched, too', { skip: needsRoot }, async (t) => {
  const { dir, input, output } = scene(t, aci(FILES))
  const data = `--dir=${dir}/data`
  const id = (await appc([data, 'fetch', input])).stdout.trim()
  const { stderr } = await appc([data, 'image', 'patch-manifest', '--name=example.com/new', id, output])
  assert.equal(stderr, '')
  assert.equal((await manifestOf(output))['name'], 'example.com/new')
  assert.deepEqual(
    listing(dir).filter((name) => !name.startsWith('data')),
    ['in.aci', 'out.aci'],
  )
})

test(
  'SPEC V3: the public actool makes the same manifest, where it does not append',
  { skip: skipOracle },
  async (t) => {
    const { dir, input } = scene(
      t,
      aci(FILES, { ...fullImageManifest(), app: { ...anApp(), ports: [], mountPoints: [], isolators: [] } }),
    )
    const { path } = oracle as { path: string }
    for (const [index, [words]] of EDITS.entries()) {
      // the order among new isolators is ours, and the default flag actool cannot set
      if (words.length > 2 || words.join().includes('default=')) continue
      const [our, their] = [join(dir, `our-${index}.aci`), join(dir, `their-${index}.aci`)]
      assert.equal((await patch(...words, input, our)).stderr, '')
      assert.equal(spawnSync(path, ['patch-manifest', ...words, input, their]).status, 0)
      const printed = [our, their].map((file) =>
        spawnSync(path, ['cat-manifest', '-pretty-print', file]).stdout.toString(),
      )
      assert.equal(printed[0], printed[1], words.join(' '))
      assert.equal(spawnSync(path, ['validate', our]).status, 0)
    }
  },
)
