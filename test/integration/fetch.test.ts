import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ADDRESS, ARCH, ExampleCom, LABELS } from '../helpers/example-com.js'
import { atTerminal } from '../helpers/at-terminal.js'
import { requireSignatures } from '../helpers/image-server.js'
import { type ImageOptions, shell } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'
import type { Seen } from '../helpers/run-cli.js'
import { WebServer } from '../helpers/web-server.js'

/** The directories that the image takes from its dependency. */
const bare = ['bin', 'etc', 'root', 'srv', 'var', 'tmp']

const work = { name: 'work', path: '/var/lib/reduced' }

describe('the example of the specification, from names to results', { skip: noPods }, () => {
  const host = podHost()
  let site: ExampleCom
  const local = join(host.scratch, 'config')

  const appc = (...words: string[]): Promise<Seen> =>
    host.appc([`--local-config=${local}`, ...words], { env: site.env })
  const typeAnswer = (answer: string, ...words: string[]): ReturnType<typeof atTerminal> =>
    atTerminal([`--dir=${host.dir.root}`, `--local-config=${local}`, ...words], answer, site.env)

  const publish = (name: string, options: ImageOptions): Promise<void> =>
    site.publish(name, host.image({ name, ...options, manifest: { labels: LABELS, ...options.manifest } }))

  before(async () => {
    site = await ExampleCom.start()
    await publish('reduce-worker-base', { filesOnly: true, files: { 'etc/base': 'base\n' } })
    const dependencies = [{ imageName: 'example.com/reduce-worker-base', labels: LABELS }]
    await publish('reduce-worker', {
      without: bare,
      files: {
        'opt/reduce': { content: '#!/bin/sh\ncat /etc/base; echo reduced >/var/lib/reduced/result\n', mode: 0o755 },
      },
      app: { exec: ['/opt/reduce'], mountPoints: [work] },
      manifest: { dependencies },
    })
    await publish('worker-backup', {
      app: {
        exec: shell(
          'until [ -s /var/lib/reduced/result ]; do :; done; cp /var/lib/reduced/result /var/lib/reduced/backup; echo kept',
        ),
        mountPoints: [work],
      },
    })
    await publish('reduce-worker-register', {
      without: bare,
      app: { exec: shell('echo registered'), mountPoints: [] },
      manifest: { dependencies },
    })
  })

  after(() => site[Symbol.asyncDispose]())

  test('SPEC D1, A7: an image of an untrusted signer does not run', async () => {
    const seen = await appc('run', 'example.com/reduce-worker:1.0.0')
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /\nhint: after comparing it yourself: appc trust --skip-fingerprint-review --prefix=/)
    assert.match(seen.stderr, new RegExp(site.maker.fingerprint.slice(-4), 'i'))
    assert.equal((await appc('image', 'list', '--no-legend')).stdout, '')
  })

  test('SPEC D4, E3, M14: three apps run from their names once the key is trusted', async () => {
    const refused = await typeAnswer('no\n', 'trust', '--prefix=example.com')
    assert.equal(refused.status, 254)
    assert.match(refused.screen, /Not trusting "https:\/\/example\.com\/pubkeys\.gpg" for prefix "example\.com"/)
    const trusted = await typeAnswer('yes\n', 'trust', '--prefix=example.com')
    assert.equal(trusted.status, 0, trusted.screen)
    const spaced = (site.maker.fingerprint.toUpperCase().match(/.{4}/g) ?? []).join(' ')
    assert.ok(trusted.screen.includes(`gpg key fingerprint is: ${spaced}\r\n`), trusted.screen)
    assert.match(trusted.stdout, /^Added key for prefix "example\.com" at ".*"\n$/)
    const words = ['reduce-worker', 'worker-backup', 'reduce-worker-register'].map(
      (name) => `example.com/${name}:1.0.0`,
    )
    const seen = await appc('run', '--volume=work,kind=empty', ...words)
    assert.equal(seen.status, 0, seen.stderr)
    assert.deepEqual(seen.stdout.trim().split('\n').sort(), ['base', 'kept', 'registered'])
    for (const name of ['reduce-worker', 'reduce-worker-base', 'worker-backup', 'reduce-worker-register']) {
      assert.ok(seen.stderr.includes(`example.com/${name}:1.0.0`), seen.stderr)
    }
    const requestCount = site.server.requests.length
    const again = await appc('run', 'example.com/reduce-worker-register:1.0.0')
    assert.deepEqual([again.status, again.stdout, again.stderr], [0, 'registered\n', ''])
    assert.equal(site.server.requests.length, requestCount)
  })

  test('SPEC D7: an image with another name than the requested one is refused', async () => {
    const image = site.file(ExampleCom.path('reduce-worker-base'))
    const other = `/images/example.com/other-latest-linux-${ARCH}.aci`
    site.server.route(other, image)
    site.server.route(`${other}.asc`, await site.maker.sign(image))
    const seen = await appc('run', 'example.com/other')
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /is example\.com\/reduce-worker-base:1\.0\.0, but example\.com\/other was asked for/)
  })

  test('the images of one pod are downloaded at the same time, with one display', async () => {
    const names = ['left', 'right']
    for (const name of names) await publish(name, { app: { exec: shell(`echo ${name}`) } })
    const waiting: (() => void)[] = []
    for (const name of names) {
      const path = ExampleCom.path(name)
      const bytes = site.file(path)
      site.server.route(path, (_request, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': bytes.length })
        response.write(bytes.subarray(0, 1000))
        waiting.push(() => void response.end(bytes.subarray(1000)))
        // no download ends before the other has begun
        if (waiting.length === names.length) for (const finish of waiting) finish()
      })
    }
    const seen = await typeAnswer('', 'run', 'example.com/left:1.0.0', 'example.com/right:1.0.0')
    assert.equal(seen.status, 0, seen.screen)
    assert.deepEqual(seen.stdout.trim().split('\n').sort(), ['left', 'right'])
    for (const name of names) assert.match(seen.screen, new RegExp(`example\\.com/${name}:1\\.0\\.0: downloaded `))
  })

  test('with --insecure-options=pubkey a key from an http URL is reviewed at the terminal, and then trusted', async () => {
    await using plain = await WebServer.start({ address: ADDRESS })
    plain.route('/keys.asc', site.maker.publicKey)
    site.nameKeys(`http://example.com:${plain.port}/keys.asc`)
    rmSync(join(local, 'trustedkeys'), { recursive: true })
    await publish('keyless', { filesOnly: true })
    const refused = await typeAnswer('yes\n', 'fetch', 'example.com/keyless:1.0.0')
    assert.equal(refused.status, 254)
    assert.match(refused.screen, /, which is not trusted for example\.com\/keyless\r\n/)
    const seen = await typeAnswer('yes\n', '--insecure-options=pubkey', 'fetch', 'example.com/keyless:1.0.0')
    assert.equal(seen.status, 0, seen.screen)
    assert.match(seen.screen, /Trusting "http:.*" for prefix "example\.com\/keyless" after fingerprint review\./)
    assert.match(seen.stdout, /^sha512-[0-9a-f]{128}\n$/)
  })

  test('where the configuration requires signatures, no unsigned image runs', async () => {
    const file = host.image({ name: 'unsigned', app: { exec: shell('echo unsigned') } })
    site.trustedIn(local)
    await publish('signed', { app: { exec: shell('echo signed') } })
    assert.equal((await appc('run', file)).stdout, 'unsigned\n')
    const id = (await appc('fetch', file)).stdout.trim()
    requireSignatures({ dirs: { system: local, local } })
    const words = [file, id, '--pull-policy=never example.com/unsigned']
    for (const word of words) {
      const { status, stdout, stderr } = await appc('run', ...word.split(' '))
      assert.match(stderr, /has no signature, which the configuration asks for|in the store, but nobody signed it/)
      assert.deepEqual([status, stdout], [254, ''])
    }
    const signed = await appc('run', 'example.com/signed:1.0.0')
    assert.deepEqual([signed.status, signed.stdout], [0, 'signed\n'], signed.stderr)
    const insecure = await appc('--insecure-options=image', 'run', file)
    assert.deepEqual([insecure.status, insecure.stdout], [0, 'unsigned\n'], insecure.stderr)
    requireSignatures({ dirs: { system: local, local } }, false)
  })
})
