import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { aci } from '../../helpers/aci.js'
import { ByteServer, type Answer } from '../../helpers/byte-server.js'
import { needsRoot, temporaryDirectory } from '../../helpers/data-dir.js'
import { appc } from '../../helpers/run-cli.js'
import { answer } from '../http/transfer-case.js'

const IMAGE = aci([], { name: 'example.com/a' })
const ID = `sha512-${createHash('sha512').update(gunzipSync(IMAGE)).digest('hex')}`
const BYTES = IMAGE.toString('latin1')
const FILE = answer([`Content-Length: ${IMAGE.length}`], BYTES)
const PACKED = gzipSync(IMAGE).toString('latin1')

/** The arguments of the executable, and its visible results. */
interface Row {
  readonly title: string
  /** The responses to `/a.aci`, in order. */
  readonly said: readonly Answer[]
  /** Instead of the URL of `/a.aci`; HOST is its host and port. */
  readonly words?: readonly string[]
  /** Whether it exits with 0 and the image is in the store. */
  readonly good?: boolean
  /** The expected text of stderr. */
  readonly says?: RegExp
}

const bad = (title: string, bytes: string, says: RegExp): Row => ({ title, said: [{ bytes }], says })
const alone = (line: string): RegExp =>
  new RegExp(`^(.*: downloading .*\\n)?appc: http://127\\.0\\.0\\.1:\\d+/a\\.aci: ${line}\\n$`)
const NOT_HTTP = alone('the answer is not HTTP')

const ROWS: readonly Row[] = [
  { title: 'a file', said: [{ bytes: FILE }], good: true },
  { title: 'a file and more than its length', said: [{ bytes: `${FILE}more` }], good: true },
  { title: 'a file, byte by byte', said: [{ bytes: FILE, byByte: true }], good: true },
  { title: 'status 503, then a file', said: [{ bytes: answer([], '', '503 So') }, { bytes: FILE }], good: true },
  {
    title: 'the good one of two, where the other breaks HTTP with its header',
    said: [{ bytes: FILE }],
    words: ['http://HOST/bad.aci', 'http://HOST/a.aci'],
    good: true,
    says: /appc: http:\/\/127\.0\.0\.1:\d+\/bad\.aci: the answer is not HTTP\n$/,
  },
  bad('a negative chunk', answer(['Transfer-Encoding: chunked'], '-5\r\n12345'), NOT_HTTP),
  bad('a negative length', answer(['Content-Length: -5'], '12345'), NOT_HTTP),
  bad(
    '101',
    'HTTP/1.1 101 So\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    alone('the server switches to another protocol .*'),
  ),
  bad('gzip on its way', answer(['Transfer-Encoding: gzip'], PACKED), alone('the body is packed on its way .*')),
  bad(
    'gzip',
    answer(['Content-Encoding: gzip'], PACKED),
    /; it was sent packed \(Content-Encoding: gzip\), which was not asked for\n/,
  ),
  bad('404', answer(['Content-Length: 0'], '', '404 So'), alone('not found \\(status 404\\)')),
  bad('a header without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`, alone("the answer's header is too long")),
  bad(
    'a redirect to port 0',
    answer(['Location: http://127.0.0.1:0/'], '', '302 So'),
    /:0\/: port 0 is no port that can be asked\n$/,
  ),
  {
    title: 'port 0',
    said: [],
    words: ['https://127.0.0.1:0/a.aci'],
    says: /^appc: https:\/\/127\.0\.0\.1:0\/a\.aci: port 0 is no port that can be asked\n$/,
  },
]

async function see(
  t: TestContext,
  { said, words = ['http://HOST/a.aci'], good = false, says = /^/ }: Row,
): Promise<void> {
  await using server = await ByteServer.start((target, turn) =>
    target === '/a.aci'
      ? (said[Math.min(turn, said.length - 1)] ?? { bytes: '' })
      : { bytes: answer(['Transfer-Encoding: chunked'], '-5\r\n') },
  )
  const dir = join(temporaryDirectory(t), 'data')
  const globals = [
    `--dir=${dir}`,
    `--local-config=${dir}/none`,
    `--system-config=${dir}/none`,
    '--insecure-options=http,image',
  ]
  const images = words.map((word) => word.replace('HOST', `127.0.0.1:${server.port}`))
  const env = { no_proxy: '*', http_proxy: '', https_proxy: '', all_proxy: '', ALL_PROXY: '' }
  const { status, stdout, stderr } = await appc([...globals, 'fetch', ...images], { env })
  assert.match(stderr, says)
  assert.equal(stdout, good ? `${ID}\n` : '')
  assert.equal(status, good && words.length === 1 ? 0 : 254)
  assert.deepEqual(
    readdirSync(join(dir, 'cas')).filter((name) => name.startsWith('sha512-')),
    good ? [ID] : [],
  )
  assert.deepEqual(readdirSync(join(dir, 'downloads')), [])
}

test('appc fetch of a server that speaks bytes', { concurrency: 3, skip: needsRoot }, async (t) => {
  await Promise.all(ROWS.map((row) => t.test(row.title, (t) => see(t, row))))
})

test('appc fetch of a file beside which a link leads nowhere', { skip: needsRoot }, async (t) => {
  const directory = temporaryDirectory(t)
  const path = join(directory, 'a.aci')
  writeFileSync(path, IMAGE)
  symlinkSync('nowhere', `${path}.asc`)
  const { status, stdout, stderr } = await appc([`--dir=${directory}/data`, 'fetch', path])
  assert.equal(stderr.split('\n')[0], `appc: ${path}.asc: is a link to no file`)
  assert.deepEqual([status, stdout], [254, ''])
})
