import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { architectures } from '../../../stage0/image/host-platform.js'
import { appc, type Seen, seen } from '../../helpers/run-cli.js'
import { WebServer } from '../../helpers/web-server.js'
import { findPublicProgram } from '../../helpers/public-program.js'

const ARCH = architectures()[0]
const actool = await findPublicProgram('actool')

const page = (...tags: readonly string[]): string => `<html><head>${tags.join('\n')}</head></html>\n`
const image = (prefix: string): string =>
  `<meta name="ac-discovery" content="${prefix} https://storage.example/{os}/{arch}/{name}-{version}.{ext}">`
const keys = (prefix: string, file: string): string =>
  `<meta name="ac-discovery-pubkeys" content="${prefix} https://storage.example/${file}">`

const place = (name: string, version: string): string => {
  const url = `https://storage.example/linux/${ARCH}/${name}-${version}.aci`
  return `ACI: ${url}, ASC: ${url}.asc\n`
}

describe('SPEC V3: appc discover', () => {
  let server: WebServer
  const environment = (): NodeJS.ProcessEnv => ({ NODE_EXTRA_CA_CERTS: server.caFile, SSL_CERT_FILE: server.caFile })
  const discover = (...words: readonly string[]): Promise<Seen> =>
    appc(['discover', `--port=${server.port}`, ...words], { env: environment() })

  before(async () => {
    server = await WebServer.start({ tls: true })
    server.route('/full', page(image('localhost'), keys('localhost', 'one.gpg'), keys('localhost', 'two.gpg')))
    server.route('/bare', page(image('localhost/bare')))
    server.route('/keys', page(keys('localhost/keys', 'one.gpg')))
    server.route('/deep', page(image('localhost/deep'), keys('localhost/deep', 'one.gpg')))
  })
  after(() => server.close())

  test('places and keys, in the words of actool', async () => {
    const { status, stdout, stderr } = await discover('localhost/full:1.0')
    assert.equal(stderr, '')
    assert.equal(
      stdout,
      `${place('localhost/full', '1.0')}PublicKeys: https://storage.example/one.gpg,https://storage.example/two.gpg\n`,
    )
    assert.equal(status, 0)
  })

  test('--json, and the version that stands where none is asked for', async () => {
    const { stdout } = await discover('--json', 'localhost/full')
    const url = `https://storage.example/linux/${ARCH}/localhost/full-latest.aci`
    const answer = {
      ACIEndpoints: [{ ACI: url, ASC: `${url}.asc` }],
      PublicKeys: ['https://storage.example/one.gpg', 'https://storage.example/two.gpg'],
    }
    assert.equal(stdout, `${JSON.stringify(answer, null, 4)}\n`)
  })

  test('what each page answered is on stderr, and does not spoil the answer', async () => {
    const { status, stdout, stderr } = await discover('--json', 'localhost/deep/er:2')
    const walk = `discover walk: prefix: localhost/deep/er error: ${server.url('/deep/er').href}?…: not found (status 404)`
    assert.equal(stderr, `${walk}\n`)
    assert.equal((JSON.parse(stdout) as { ACIEndpoints: unknown[] }).ACIEndpoints.length, 1)
    assert.equal(status, 0)
  })

  test('a place without keys is an answer', async () => {
    const { status, stdout } = await discover('localhost/bare:3')
    assert.deepEqual([status, stdout], [0, place('localhost/bare', '3')])
  })

  test('keys without a place are shown, and are a failure', async () => {
    const { status, stdout, stderr } = await discover('localhost/keys')
    assert.deepEqual([status, stdout], [1, 'PublicKeys: https://storage.example/one.gpg\n'])
    assert.match(stderr, /^error fetching endpoints for localhost\/keys: discovery failed$/m)
  })

  test('one that is not found does not keep the others from being looked for', async () => {
    const { status, stdout, stderr } = await discover('localhost/none', 'localhost/bare:3')
    assert.deepEqual([status, stdout], [1, place('localhost/bare', '3')])
    assert.match(
      stderr,
      /^error fetching endpoints for localhost\/none: localhost\/none: discovery found nothing: .*\/none\?…: not found \(status 404\)/,
    )
  })

  test('--insecure: a certificate of anybody will do', async () => {
    const words = ['discover', `--port=${server.port}`, 'localhost/bare:3']
    const env = { NODE_EXTRA_CA_CERTS: '' }
    const strict = await appc(words, { env })
    assert.equal(strict.status, 1)
    assert.match(strict.stderr, /certificate of an authority that is not trusted here/)
    const insecure = await appc([...words, '--insecure'], { env })
    assert.deepEqual([insecure.status, insecure.stdout], [0, place('localhost/bare', '3')])
  })

  test('--insecure: http where https fails', async () => {
    await using plain = await WebServer.start()
    plain.route('/bare', page(image('localhost')))
    const words = ['discover', `--port=${plain.port}`, 'localhost/bare:3']
    assert.match((await appc(words)).stderr, /no TLS could be agreed on/)
    assert.equal((await appc([...words, '-insecure'])).stdout, place('localhost/bare', '3'))
  })

  for (const [words, message] of [
    [[], /^appc: discover: arguments are missing \(0 given, at least 1 needed\)\n/],
    [['localhost/UPPER'], /^appc: localhost\/UPPER: not an image name/],
    [['localhost/a,b'], /^appc: localhost\/a,b: b: a label is written name=value\n/],
    [['sha512-abcdef'], /^appc: sha512-abcdef: an image ID cannot be discovered, only a name\n/],
    [['--port=0', 'localhost'], /^appc: discover: --port: 0 is not a number from 1 to 65535\n/],
    [['--port=https', 'localhost'], /^appc: discover: --port: https is not a number from 1 to 65535\n/],
  ] as const) {
    test(`appc discover ${words.join(' ')} is a usage error`, async () => {
      const { status, stdout, stderr } = await appc(['discover', ...words])
      assert.deepEqual([status, stdout], [2, ''])
      assert.match(stderr, message)
    })
  }

  test(
    'SPEC V3: the answers of the public actool are the same',
    { skip: 'missing' in actool && actool.missing },
    async () => {
      const { path } = actool as { path: string }
      const theirs = (words: readonly string[]): Promise<Seen> =>
        seen(spawn(path, words, { env: { ...process.env, ...environment() } }))
      for (const words of [
        ['localhost/full:1.0'],
        ['--json', 'localhost/full'],
        ['localhost/full,version=2,os=linux'],
      ]) {
        const [our, their] = [await discover(...words), await theirs(['discover', `--port=${server.port}`, ...words])]
        assert.deepEqual([our.status, our.stdout], [their.status, their.stdout])
      }
      assert.equal((await theirs(['discover', `--port=${server.port}`, 'localhost/none'])).status, 1)
    },
  )
})
