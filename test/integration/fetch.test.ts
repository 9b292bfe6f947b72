import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Maker } from '../helpers/image-server.js'
import { type ImageOptions, shell } from '../helpers/images.js'
import { noPods, podHost } from '../helpers/pods.js'
import type { Seen } from '../helpers/run-cli.js'
import { WebServer } from '../helpers/web-server.js'

const HOSTS = '/etc/hosts'

const arch = process.arch === 'arm64' ? 'aarch64' : 'amd64'
const labels = [
  { name: 'version', value: '1.0.0' },
  { name: 'os', value: 'linux' },
  { name: 'arch', value: arch },
]

/** What is not the image's own is in the image it depends on. */
const bare = ['bin', 'etc', 'root', 'srv', 'var', 'tmp']

const work = { name: 'work', path: '/var/lib/work' }

describe('the example of the specification, from its names to its end', { skip: noPods }, () => {
  const host = podHost()
  let server: WebServer
  let maker: Maker
  let hosts: string
  const local = join(host.scratch, 'config')

  const appc = (...words: string[]): Promise<Seen> =>
    host.appc([`--local-config=${local}`, ...words], { env: { NODE_EXTRA_CA_CERTS: server.caFile } })

  async function publish(name: string, options: ImageOptions): Promise<void> {
    const image = readFileSync(host.image({ name, ...options, manifest: { labels, ...options.manifest } }))
    const path = `/images/example.com/${name}-1.0.0-linux-${arch}.aci`
    server.route(path, image)
    server.route(`${path}.asc`, await maker.sign(image))
  }

  before(async () => {
    hosts = readFileSync(HOSTS, 'utf8')
    appendFileSync(HOSTS, '\n127.0.0.1 example.com\n')
    server = await WebServer.start({ tls: true, names: ['example.com'], port: 443 })
    maker = await Maker.create()
    server.route('/pubkeys.gpg', maker.publicKey)
    server.route(
      '/',
      `<html><head>
         <meta name="ac-discovery" content="example.com https://example.com/images/{name}-{version}-{os}-{arch}.{ext}">
         <meta name="ac-discovery-pubkeys" content="example.com https://example.com/pubkeys.gpg">
       </head></html>`,
    )
    await publish('reduce-worker-base', { filesOnly: true, files: { 'etc/base': 'base\n' } })
    const dependencies = [{ imageName: 'example.com/reduce-worker-base', labels }]
    await publish('reduce-worker', {
      without: bare,
      files: {
        'opt/reduce': { content: '#!/bin/sh\ncat /etc/base; echo reduced >/var/lib/work/result\n', mode: 0o755 },
      },
      app: { exec: ['/opt/reduce'], mountPoints: [work] },
      manifest: { dependencies },
    })
    await publish('worker-backup', {
      app: {
        exec: shell(
          'until [ -e /var/lib/work/result ]; do :; done; cp /var/lib/work/result /var/lib/work/backup; echo kept',
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

  after(async () => {
    writeFileSync(HOSTS, hosts)
    await server.close()
  })

  test('SPEC D1, A7: nothing comes of an image whose maker is not trusted', async () => {
    const seen = await appc('run', 'example.com/reduce-worker:1.0.0')
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /\nhint: after comparing it yourself: appc trust --skip-fingerprint-review --prefix=/)
    assert.match(seen.stderr, new RegExp(maker.fingerprint.slice(-4), 'i'))
    assert.equal((await appc('image', 'list', '--no-legend')).stdout, '')
  })

  test('SPEC D4, E3, M14: three apps run from their names once the key is trusted', async () => {
    const trusted = await appc('trust', '--prefix=example.com', '--skip-fingerprint-review')
    assert.equal(trusted.status, 0, trusted.stderr)
    const words = ['reduce-worker', 'worker-backup', 'reduce-worker-register'].map(
      (name) => `example.com/${name}:1.0.0`,
    )
    const seen = await appc('run', '--volume=work,kind=empty', ...words)
    assert.equal(seen.status, 0, seen.stderr)
    assert.deepEqual(seen.stdout.trim().split('\n').sort(), ['base', 'kept', 'registered'])
    for (const name of ['reduce-worker', 'reduce-worker-base', 'worker-backup', 'reduce-worker-register']) {
      assert.ok(seen.stderr.includes(`example.com/${name}:1.0.0`), seen.stderr)
    }
    const asked = server.requests.length
    const again = await appc('run', 'example.com/reduce-worker-register:1.0.0')
    assert.deepEqual([again.status, again.stdout, again.stderr], [0, 'registered\n', ''])
    assert.equal(server.requests.length, asked)
  })

  test('SPEC D7: the image that a name leads to has another name', async () => {
    const other = `/images/example.com/other-latest-linux-${arch}.aci`
    const image = readFileSync(host.image({ name: 'reduce-worker' }))
    server.route(other, image)
    server.route(`${other}.asc`, await maker.sign(image))
    const seen = await appc('run', 'example.com/other')
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /is example\.com\/reduce-worker:1, but example\.com\/other was asked for/)
  })
})
