import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { aci } from '../../helpers/aci.js'
import { fetchBed, type FetchBed } from '../../helpers/image-server.js'
import { minimalImageManifest } from '../../helpers/manifests.js'
import { appc, type RunOptions, type Seen } from '../../helpers/run-cli.js'

interface Host extends FetchBed {
  readonly appc: (words: readonly string[], options?: RunOptions) => Promise<Seen>
  readonly url: string
}

/** `appc` in the bed's data directory, and the URL of an image on the bed's server. */
async function host(t: TestContext, ca?: string): Promise<Host> {
  const bed = await fetchBed(t)
  bed.trust('localhost')
  await bed.publish({ name: 'localhost/a' })
  const env = { NODE_EXTRA_CA_CERTS: ca ?? bed.server.caFile }
  const globals = [
    `--dir=${bed.store.dir.root}`,
    `--system-config=${bed.dirs.system}`,
    `--local-config=${bed.dirs.local}`,
  ]
  return {
    ...bed,
    url: bed.server.url('/images/localhost/a.aci').href,
    appc: (words, options) => appc([...globals, ...words], { ...options, env: { ...options?.env, ...env } }),
  }
}

describe('appc fetch', { skip: needsRoot }, () => {
  test('tells on stderr, in a pipe, where a download begins and ends; the ID is on stdout', async (t) => {
    const { appc, url } = await host(t)
    const { status, stdout, stderr } = await appc(['fetch', url])
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^sha512-[0-9a-f]{128}\n$/)
    const [began, ended, ...rest] = stderr.split('\n')
    assert.equal(began?.replace(/\(\d+B\)/, '(N)'), `${url}: downloading ${url} (N)`)
    assert.match(ended ?? '', /: downloaded \d+B in \d\.\d s$/)
    assert.deepEqual(rest, [''])
    const again = await appc(['fetch', url])
    assert.equal(again.stdout, stdout)
    assert.equal(again.stderr, `${url}: unchanged on the server\n`)
  })

  test('an HTML page in the place of an image is called so, by its URL and as a file', async (t) => {
    const { appc, server, store } = await host(t)
    const page = '\n<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>\n'
    server.route('/login.aci', (_request, response) => response.end(page))
    const file = join(store.dir.root, 'login.aci')
    writeFileSync(file, page)
    for (const word of [server.url('/login.aci').href, file]) {
      const words = ['--insecure-options=image', 'fetch', '--progress=none', word]
      const { status, stderr } = await appc(words)
      assert.equal(stderr, `appc: ${word}: is an HTML page, not an image\n`)
      assert.equal(status, 254)
    }
  })

  test('--progress=json is one object per line', async (t) => {
    const { appc, url } = await host(t)
    const { status, stderr } = await appc(['fetch', '--progress=json', url])
    assert.equal(status, 0, stderr)
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(events[0], { event: 'start', image: url, kind: 'download', from: url })
    const last = events.at(-1)
    assert.deepEqual([last?.['event'], last?.['kind'], last?.['outcome']], ['end', 'read', 'done'])
  })

  test('--progress=none, and files, are silent', async (t) => {
    const { appc, url } = await host(t)
    const file = join(temporaryDirectory(t), 'b.aci')
    writeFileSync(file, aci([], { name: 'localhost/b' }))
    assert.equal((await appc(['fetch', '--progress=none', url])).stderr, '')
    assert.equal((await appc(['fetch', file])).stderr, '')
  })

  test('several images: those that can be had are, the others are named', async (t) => {
    const { appc, url } = await host(t)
    const { status, stdout, stderr } = await appc([
      'fetch',
      '--progress=none',
      url,
      '/nonexistent.aci',
      'docker://redis',
    ])
    assert.equal(status, 254)
    assert.match(stdout, /^sha512-\w+\n$/)
    assert.match(
      stderr,
      /^appc: \/nonexistent\.aci: no such file or directory\nappc: docker:\/\/redis: not an App Container image/,
    )
  })

  test('eight processes at once download an image once', async (t) => {
    const { appc, url, server, store } = await host(t)
    const all = await Promise.all(Array.from({ length: 8 }, () => appc(['fetch', '--pull-policy=new', url])))
    for (const { status, stderr } of all) assert.equal(status, 0, stderr)
    assert.equal(new Set(all.map(({ stdout }) => stdout)).size, 1)
    assert.equal(server.requestsTo('/images/localhost/a.aci').length, 1)
    assert.equal(store.list().length, 1)
  })

  test('a server nobody vouches for is refused; --insecure-options=tls does not ask', async (t) => {
    const { appc, url } = await host(t, '')
    const refused = await appc(['fetch', url])
    assert.equal(refused.status, 254)
    assert.match(refused.stderr, /^appc: https:\/\/localhost:\d+\/.*certificate/)
    const { status, stderr } = await appc(['fetch', '--insecure-options=tls', url])
    assert.equal(status, 0, stderr)
  })

  test('stdin with a signature', async (t) => {
    const { appc, maker } = await host(t)
    const bytes = aci([], { name: 'localhost/b' })
    const file = join(temporaryDirectory(t), 'b.asc')
    writeFileSync(file, await maker.sign(bytes))
    const good = await appc(['fetch', `--signature=${file}`, '-'], { input: bytes })
    assert.equal(good.status, 0, good.stderr)
    const bad = await appc(['fetch', `--signature=${file}`, '-'], { input: aci([], { name: 'localhost/c' }) })
    assert.equal(bad.status, 254)
    assert.match(bad.stderr, /^appc: stdin: /)
  })

  test('SPEC A6: an encrypted image is opened with a passphrase, from a file, from stdin and from a server', async (t) => {
    const { appc, server } = await host(t)
    const directory = temporaryDirectory(t)
    const path = (name: string): string => join(directory, name)
    mkdirSync(path('layout/rootfs'), { recursive: true })
    writeFileSync(path('layout/manifest'), JSON.stringify({ ...minimalImageManifest(), name: 'localhost/b' }))
    writeFileSync(path('good'), 'open sesame\n')
    writeFileSync(path('bad'), 'open barley\n')
    const built = await appc(['build', '--encrypt', `--passphrase-file=${path('good')}`, path('layout'), path('b.aci')])
    assert.equal(built.status, 0, built.stderr)
    const refused = await appc(['fetch', `--passphrase-file=${path('bad')}`, path('b.aci')])
    assert.equal(refused.status, 254)
    assert.match(refused.stderr, /b\.aci: .*passphrase/)
    const opened = await appc(['fetch', `--passphrase-file=${path('good')}`, path('b.aci')])
    assert.equal(opened.status, 0, opened.stderr)
    const input = readFileSync(path('b.aci'))
    const piped = await appc(['fetch', `--passphrase-file=${path('good')}`, '-'], { input })
    assert.equal(piped.stdout, opened.stdout, piped.stderr)
    assert.equal((await appc(['image', 'rm', opened.stdout.trim()])).status, 0)
    server.route('/b.aci', input)
    const { href } = server.url('/b.aci')
    const got = await appc(['fetch', '--insecure-options=image', `--passphrase-file=${path('good')}`, href])
    assert.equal(got.stdout, opened.stdout, got.stderr)
  })

  test('the global options stand before or after the command', async (t) => {
    const { appc, url, server } = await host(t)
    server.unroute('/images/localhost/a.aci.asc')
    const refused = await appc(['fetch', '--progress=none', url])
    assert.equal(refused.status, 254)
    assert.match(refused.stderr, /\nhint: --insecure-options=image takes images without a signature\n$/)
    assert.equal((await appc(['fetch', '--insecure-options=image', url])).status, 0)
    assert.equal((await appc(['--insecure-options=image', 'fetch', url])).status, 0)
    assert.match(
      (await appc(['fetch', '--insecure-options=sheep', url])).stderr,
      /^appc: --insecure-options: sheep is not known\n/,
    )
  })

  test('paths.d names the data directory, and --dir beats it', async (t) => {
    const { dirs } = await fetchBed(t)
    const root = temporaryDirectory(t)
    const directory = join(root, 'paths.d')
    mkdirSync(directory)
    const data = join(root, 'data')
    writeFileSync(join(directory, 'a.json'), JSON.stringify({ rktKind: 'paths', rktVersion: 'v1', data }))
    const config = [`--local-config=${root}`, `--system-config=${dirs.system}`]
    assert.equal((await appc([...config, 'image', 'list'])).status, 0)
    assert.ok(existsSync(join(data, 'cas')))
    assert.equal((await appc([...config, `--dir=${join(root, 'other')}`, 'image', 'list'])).status, 0)
    assert.ok(existsSync(join(root, 'other/cas')))
    writeFileSync(join(directory, 'b.json'), '{')
    const broken = await appc([...config, 'image', 'list'])
    assert.match(broken.stderr, /^appc: .*b\.json: /)
    assert.equal(broken.status, 254)
  })
})
