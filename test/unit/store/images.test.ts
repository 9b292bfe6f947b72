import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { dataDir, PLACES } from '../../../stage0/data-dir.js'
import { markUsed } from '../../../stage0/store/last-used.js'
import { aci, image } from '../../helpers/aci.js'
import { listing, needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { appc, type Seen } from '../../helpers/run-cli.js'
import { minimalImageManifest } from '../../helpers/manifests.js'

const skip = needsRoot

interface Bench {
  readonly root: string
  readonly data: string
  /** `appc --dir=DATA WORDS…`, which must succeed. */
  readonly ok: (...words: string[]) => Promise<Seen>
  readonly run: (...words: string[]) => Promise<Seen>
  /** Writes an image and fetches it; gives its ID. */
  readonly put: (name: string, version?: string) => Promise<string>
}

function bench(t: TestContext): Bench {
  const root = temporaryDirectory(t)
  const data = join(root, 'data')
  const run = (...words: string[]): Promise<Seen> => appc([`--dir=${data}`, ...words])
  const ok = async (...words: string[]): Promise<Seen> => {
    const seen = await run(...words)
    assert.equal(seen.stderr, '')
    assert.equal(seen.status, 0)
    return seen
  }
  const put = async (name: string, version?: string): Promise<string> => {
    const path = join(root, `${name.replaceAll('/', '-')}-${version ?? 'none'}.aci`)
    writeFileSync(
      path,
      aci([], { name, ...(version !== undefined && { labels: [{ name: 'version', value: version }] }) }),
    )
    return (await ok('fetch', path)).stdout.trim()
  }
  return { root, data, ok, run, put }
}

const idOf = (tar: Buffer): string => `sha512-${createHash('sha512').update(tar).digest('hex')}`

test('SPEC A8: fetch prints the SHA-512 of the uncompressed tar, whatever the compression', { skip }, async (t) => {
  const { root, ok } = bench(t)
  const tar = image([{ name: 'rootfs/hello', content: 'hello' }])
  const forms: Readonly<Record<string, Buffer>> = { plain: tar, gzip: gzipSync(tar), zstd: zstdCompressSync(tar) }
  for (const [form, bytes] of Object.entries(forms)) writeFileSync(join(root, `${form}.aci`), bytes)
  const { stdout } = await ok('fetch', ...Object.keys(forms).map((form) => join(root, `${form}.aci`)))
  assert.equal(stdout, `${idOf(tar)}\n`.repeat(3))
})

test('a store is closed to everybody but root', { skip }, async (t) => {
  const { data, ok } = bench(t)
  await ok('image', 'list')
  for (const path of ['.', 'cas', 'tmp', 'pods', ...PLACES.map((place) => join('pods', place))]) {
    assert.equal(statSync(join(data, path)).mode & 0o7777, 0o700, path)
  }
})

test('image export gives the identical tar, to a file and to stdout', { skip }, async (t) => {
  const { root, ok, run } = bench(t)
  const tar = image([
    { name: 'rootfs/a', content: 'a'.repeat(1000), mode: 0o4755, uid: 7, gid: 8, mtime: 1234567890 },
    { name: 'rootfs/b', type: '1', link: 'rootfs/a' },
    { name: 'rootfs/null', type: '3', device: [1, 3] },
    { name: 'rootfs/link', type: '2', link: '/nowhere' },
  ])
  const file = join(root, 'in.aci')
  writeFileSync(file, gzipSync(tar))
  const id = (await ok('fetch', file)).stdout.trim()
  assert.ok((await ok('image', 'export', id, '-')).bytes.equals(tar))

  const out = join(root, 'out.aci')
  await ok('image', 'export', 'example.com/minimal', out)
  const again = await run('image', 'export', id, out)
  assert.equal(again.status, 254)
  assert.equal(again.stderr, `appc: ${out}: exists already\nhint: --overwrite replaces it\n`)
  await ok('image', 'export', '--overwrite', id, out)
  assert.equal((await ok('fetch', out)).stdout.trim(), id)
  assert.deepEqual(readdirSync(root).sort(), ['data', 'in.aci', 'out.aci'])
})

test('an export of a changed tree is refused and leaves no file', { skip }, async (t) => {
  const { root, data, ok, run } = bench(t)
  const file = join(root, 'in.aci')
  writeFileSync(file, image([{ name: 'rootfs/a', content: 'before' }]))
  const id = (await ok('fetch', file)).stdout.trim()
  writeFileSync(join(data, 'cas', id, 'rootfs/a'), 'after!')
  const { status, stderr } = await run('image', 'export', id, join(root, 'out.aci'))
  assert.equal(status, 254)
  assert.match(stderr, /^appc: sha512-[0-9a-f]{12}: /)
  assert.deepEqual(readdirSync(root).sort(), ['data', 'in.aci'])
})

test(
  'an image is found by name, by labels, and by the beginning of its ID; the newest import wins',
  { skip },
  async (t) => {
    const { put, ok, run } = bench(t)
    const one = await put('example.com/app', '1')
    const two = await put('example.com/app', '2')
    const found = async (reference: string): Promise<string> =>
      idOf((await ok('image', 'export', reference, '-')).bytes)
    assert.equal(await found('example.com/app'), two)
    assert.equal(await found('example.com/app:1'), one)
    assert.equal(await found('example.com/app,version=1'), one)
    assert.equal(await found(one.slice(0, 20)), one)

    const missing: readonly (readonly [reference: string, message: RegExp])[] = [
      [
        'example.com/app:3',
        /appc: example\.com\/app:3: no stored image has these labels; there is example\.com\/app:1, example\.com\/app:2\n/,
      ],
      ['example.com/other', /appc: example\.com\/other: no such image in the store\nhint: .*appc fetch FILE\.aci/],
      ['sha512-0', /appc: sha512-0: an image ID is sha512- and 2 to 128 lower-case hex digits\n/],
      ['Example', /appc: Example: not an image name/],
      ['example.com/app,version', /a label is written name=value/],
    ]
    for (const [reference, message] of missing) {
      const { stderr, status } = await run('image', 'cat-manifest', reference)
      assert.match(stderr, message)
      assert.notEqual(status, 0)
    }
  },
)

test('image list: a table for people, whole facts for programs', { skip }, async (t) => {
  const { put, ok } = bench(t)
  assert.equal((await ok('image', 'list')).stdout, 'ID  NAME  SIZE  IMPORT TIME  LAST USED  SIGNED BY\n')
  const b = await put('example.com/b', '1')
  const a = await put('example.com/a')
  const { stdout } = await ok('image', 'list', '--no-legend', '--sort=name')
  assert.match(
    stdout,
    new RegExp(`^${a.slice(0, 19)}  example\\.com/a    \\d+B  .*\n${b.slice(0, 19)}  example\\.com/b:1  \\d+B  .*\n$`),
  )
  const listed = JSON.parse((await ok('image', 'list', '--format=json')).stdout) as Record<string, unknown>[]
  assert.deepEqual(
    listed.map(({ id }) => id),
    [b, a],
  )
  assert.deepEqual(listed[0]?.['labels'], { version: '1' })
  const reverse = (await ok('image', 'list', '--full', '--no-legend', '--order=desc')).stdout
  assert.ok(reverse.startsWith(`${a}  example.com/a`))
})

test('image list: columns as asked for, and when images were last used', { skip }, async (t) => {
  const { put, ok, run, data } = bench(t)
  const [a, b] = [await put('example.com/a'), await put('example.com/b')]
  const used = new Date(Date.UTC(2026, 0, 2, 3, 4, 5))
  markUsed(dataDir(data), [a], used)
  const { stdout } = await ok('image', 'list', '--fields=name,lastused', '--full', '--sort=lastused', '--order=desc')
  assert.equal(stdout, 'NAME           LAST USED\nexample.com/a  2026-01-02T03:04:05.000Z\nexample.com/b  -\n')
  const listed = JSON.parse((await ok('image', 'list', '--format=json')).stdout) as Record<string, unknown>[]
  assert.deepEqual(
    listed.map(({ id, last_used_time: time }) => [id, time]),
    [
      [a, used.toISOString()],
      [b, null],
    ],
  )
  const wrong = await run('image', 'list', '--fields=name,colour')
  assert.match(
    wrong.stderr,
    /^appc: --fields=name,colour: colour: expected some of id, name, size, importtime, lastused, signedby\n/,
  )
  assert.equal(wrong.status, 2)
})

test('cat-manifest gives the very bytes, or an indented form', { skip }, async (t) => {
  const { put, ok } = bench(t)
  const id = await put('example.com/a')
  const manifest = { ...minimalImageManifest(), name: 'example.com/a' }
  assert.equal((await ok('image', 'cat-manifest', id)).stdout, JSON.stringify(manifest))
  assert.equal(
    (await ok('image', 'cat-manifest', '--pretty-print', id)).stdout,
    `${JSON.stringify(manifest, null, 4)}\n`,
  )
})

test('image rm removes each image once and reports what it could not', { skip }, async (t) => {
  const { put, run, data } = bench(t)
  const [a, b] = [await put('example.com/a'), await put('example.com/b')]
  const { stdout, stderr, status } = await run('image', 'rm', a, 'example.com/a', 'example.com/none', 'example.com/b')
  assert.equal(stdout, `${a}\n${b}\n`)
  assert.match(stderr, /^appc: example\.com\/none: no such image in the store\n/)
  assert.equal(status, 254)
  assert.deepEqual(readdirSync(join(data, 'cas')), [])
  assert.deepEqual(readdirSync(join(data, 'tmp')), [])
})

test('an image that a prepared pod needs is not removed', { skip }, async (t) => {
  const { put, run, data } = bench(t)
  const id = await put('example.com/a')
  const uuid = '7d2bd5cd-6b8f-4b5e-9f3c-3a5b7a1d0e11'
  const app = join(data, 'pods/prepared', uuid, 'appsinfo/main')
  mkdirSync(app, { recursive: true })
  writeFileSync(join(app, 'imageID'), `${id}\n`)
  const before = listing(data)
  const { status, stderr } = await run('image', 'rm', id)
  assert.equal(status, 254)
  assert.equal(stderr.split('\n')[0], `appc: ${id.slice(0, 19)}: in use by pod ${uuid}`)
  assert.deepEqual(listing(data), before)
})

test('an image that a pod needs as a dependency is not removed', { skip }, async (t) => {
  const { put, run, data } = bench(t)
  const [id, other] = [await put('example.com/a'), await put('example.com/b')]
  const uuid = '7d2bd5cd-6b8f-4b5e-9f3c-3a5b7a1d0e11'
  const app = join(data, 'pods/prepared', uuid, 'appsinfo/main')
  mkdirSync(app, { recursive: true })
  writeFileSync(join(app, 'imageID'), `${other}\n`)
  writeFileSync(join(app, 'images'), `${other}\n${id}\n`)
  const { status, stderr } = await run('image', 'rm', id)
  assert.equal(status, 254)
  assert.equal(stderr.split('\n')[0], `appc: ${id.slice(0, 19)}: in use by pod ${uuid}`)
})

test('a damaged image breaks neither list nor rm, and says so when used', { skip }, async (t) => {
  const { put, run, ok, data } = bench(t)
  const [bad, good] = [await put('example.com/bad'), await put('example.com/good')]
  writeFileSync(join(data, 'cas', bad, 'manifest'), '{ "name": "example.com/bad"')
  const { stdout, stderr, status } = await run('image', 'list')
  assert.equal(status, 0)
  assert.ok(stdout.includes(good.slice(0, 19)) && stdout.includes(bad.slice(0, 19)), stdout)
  assert.match(stdout, /\(damaged\)/)
  assert.match(stderr, new RegExp(`^warning: ${bad.slice(0, 19)}: damaged: `))
  assert.match((await run('image', 'cat-manifest', bad)).stderr, /: damaged: .*\n(.*\n)*hint: appc image rm /)
  assert.equal((await ok('image', 'rm', bad)).stdout, `${bad}\n`)
})
