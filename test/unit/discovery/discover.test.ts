import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { discover, type Discovery, discoverKeys } from '../../../stage0/discovery/discover.js'
import { authority } from '../../helpers/authority.js'
import { leadHere } from '../../helpers/host-names.js'
import { clientFor, type ClientOptions } from '../../helpers/http-client.js'
import { type Handler, WebServer } from '../../helpers/web-server.js'

const NAMES = ['example.com', 'other.example.net']

const TEMPLATE = 'https://storage.example.com/{os}/{arch}/{name}-{version}.{ext}'
const KEYS = 'https://example.com/pubkeys.gpg'

const page = (...tags: readonly string[]): string =>
  `<!DOCTYPE html>\n<html><head><title>x</title>\n${tags.join('\n')}\n</head><body></body></html>\n`
const image = (prefix: string, template = TEMPLATE): string =>
  `<meta name="ac-discovery" content="${prefix} ${template}">`
const keys = (prefix: string, url = KEYS): string => `<meta name="ac-discovery-pubkeys" content="${prefix} ${url}">`

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_request, response) => {
    response.writeHead(code, headers).end(page(image('example.com')))
  }

/** What is asked of the server of the table, and what must come of it. */
interface Case {
  readonly title: string
  /** What paths of example.com answer; any other is 404. `PORT` in a text is the server's. */
  readonly pages: Readonly<Record<string, string | Handler>>
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly client?: ClientOptions
  readonly insecureHTTP?: boolean
  /** The URLs of the images, or those of the keys with `keys`. */
  readonly finds?: readonly string[]
  /** The URLs of the signatures, where they are looked at. */
  readonly signatures?: readonly string[]
  readonly keys?: readonly string[]
  /** All failures, `PREFIX: MESSAGE`; the port is cut out. */
  readonly failures?: readonly (string | RegExp)[]
  /** The error, where nothing is found. */
  readonly error?: RegExp
  /** What the server was asked, in order. */
  readonly asked?: readonly string[]
}

const LABELS = { version: '1.0.0', os: 'linux', arch: 'amd64' }
const WORKER = 'example.com/reduce-worker'
const STORED = 'https://storage.example.com/linux/amd64/example.com/reduce-worker-1.0.0.aci'
const NOT_FOUND = 'not found (status 404)'
const pageOf = (path: string): string => `https://example.com${path}?…`
const none = (path: string, name = WORKER): string => `${pageOf(path)}: no ac-discovery tag for ${name}`
const plain = (tag: string): Case['pages'] => ({ '/reduce-worker': page(tag) })

/** One template, which is refused: the rest of the walk finds nothing. */
const refused = (title: string, template: string, problem: string, more: Partial<Case> = {}): Case => ({
  title,
  pages: plain(image('example.com', template)),
  error: new RegExp(escape(`template ${template}: ${problem}`)),
  ...more,
})

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

const CASES: readonly Case[] = [
  {
    title: "SPEC D1: the specification's example: image, signature, keys",
    pages: { '/reduce-worker': page(image('example.com'), keys('example.com')) },
    finds: [STORED],
    signatures: [`${STORED}.asc`],
    keys: [KEYS],
    failures: [],
    asked: ['/reduce-worker?ac-discovery=1'],
  },
  {
    title: 'SPEC D1: the bare domain is a name, too',
    name: 'example.com',
    pages: { '/': page(image('example.com', 'https://example.com/images/{version}.{ext}')) },
    finds: ['https://example.com/images/1.0.0.aci'],
    asked: ['/?ac-discovery=1'],
  },
  {
    title: 'SPEC D1: several keys, in the order of the page',
    pages: plain(`${keys('example.com')}${keys(WORKER, 'https://example.com/two.gpg')}`),
    finds: [],
    keys: [KEYS, 'https://example.com/two.gpg'],
  },
  {
    title: 'SPEC D1: tags and attributes in capitals, unquoted, in any order',
    pages: plain(`<META CONTENT='example.com\n\t${TEMPLATE} ' data-x=1 NAME=AC-Discovery />`),
    finds: [STORED],
  },
  {
    title: 'SPEC D1: entities in attributes are decoded',
    pages: plain(image('example&#46;com', 'https://example.com/get?a=1&amp;name={name}&amp;file=x.{ext}')),
    finds: [`https://example.com/get?a=1&name=${WORKER}&file=x.aci`],
  },
  {
    title: 'SPEC D1: tags in comments, scripts, texts and other elements are none',
    pages: plain(
      `<!-- ${image('example.com')} --><script>"${image('example.com')}"</script><textarea>${image('example.com')}` +
        `</textarea><style>${image('example.com')}</style><link ${image('example.com').slice(6)}` +
        `<metadata ${image('example.com').slice(6)}<p title='${image('example.com')}'>`,
    ),
    error: /no ac-discovery tag for example\.com\/reduce-worker/,
  },
  {
    title: 'SPEC D1: an attribute given twice counts as it came first',
    pages: plain(
      `<meta name="ac-discovery" content="example.com ${TEMPLATE}" content="example.com https://evil.example/{ext}">`,
    ),
    finds: [STORED],
  },
  {
    title: 'SPEC D1: names of other tags that begin alike are not ours',
    pages: plain(`<meta name="ac-discovery-foo" content="example.com ${TEMPLATE}">${image('example.com')}`),
    finds: [STORED],
    failures: [],
  },
  {
    title: 'a page that says it is an image is read all the same: what it is, is what it holds',
    pages: {
      '/reduce-worker': (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(page(image('example.com')))
      },
    },
    finds: [STORED],
  },
  {
    title: 'SPEC D2: a tag for somebody else does not count',
    pages: plain(image('example.net') + image('example.com/reduce')),
    error: new RegExp(escape(none('/reduce-worker'))),
  },
  {
    title: 'SPEC D2: a prefix is of whole path elements',
    pages: plain(image('example.com/reduce') + image('example.co') + image('example.com/reduce-worker')),
    finds: [STORED],
  },
  {
    title: 'SPEC D2: a prefix may end with a slash',
    pages: plain(image('example.com/')),
    finds: [STORED],
  },
  {
    title: 'SPEC D2: a prefix longer than the name does not match',
    pages: plain(image('example.com/reduce-worker/more')),
    error: /no ac-discovery tag/,
  },
  {
    title: 'SPEC D2: keys for another prefix are not taken',
    pages: plain(image('example.com') + keys('example.com/other')),
    finds: [STORED],
    keys: [],
  },
  {
    title: 'SPEC D3: any label is a variable; its value is percent-encoded',
    pages: plain(image('example.com', 'https://example.com/{channel}/{name}.{ext}?v={version}')),
    labels: { channel: 'β/1 & more', version: "1.0+git!'()*" },
    finds: [`https://example.com/%CE%B2%2F1%20%26%20more/${WORKER}.aci?v=1.0%2Bgit%21%27%28%29%2A`],
  },
  {
    title: 'SPEC D3: a variable may stand twice, and a label called ext or name is no variable',
    pages: plain(image('example.com', 'https://example.com/{version}/{name}-{version}.{ext}')),
    labels: { name: 'evil', ext: 'evil' },
    finds: [`https://example.com/1.0.0/${WORKER}-1.0.0.aci`],
  },
  refused(
    'SPEC D3: an unknown variable: the template is skipped',
    'https://example.com/{name}-{foo}.{ext}',
    'nothing is known of {foo}',
  ),
  refused(
    'SPEC D3: operators of higher levels are unknown',
    'https://example.com/{+name}.{ext}',
    'nothing is known of {+name}',
  ),
  refused('SPEC D3: braces that do not match', 'https://example.com/{name}.{ext', 'it lacks {ext}'),
  refused('SPEC D3: a brace too many', 'https://example.com/}{name}.{ext}', 'its braces do not match'),
  refused(
    'SPEC D3: a template without {ext} cannot tell image from signature',
    'https://example.com/{name}.aci',
    'it lacks {ext}',
  ),
  refused(
    'a label leads out of its directory: ..',
    'https://example.com/{version}/{name}.{ext}',
    'a label would lead out of its directory',
    { labels: { version: '..' } },
  ),
  refused(
    'two labels lead out of their directory: . and .',
    'https://example.com/{version}{os}?{ext}',
    'a label would lead out of its directory',
    { labels: { version: '.', os: '.' } },
  ),
  {
    title: 'a label injects path elements, a query, a host: it stays one element',
    pages: plain(image('example.com', 'https://example.com/{version}/x.{ext}')),
    labels: { version: '../../@evil.example/?#\\' },
    finds: ['https://example.com/..%2F..%2F%40evil.example%2F%3F%23%5C/x.aci'],
  },
  {
    title: 'a label injects half a surrogate: it is still a URL',
    pages: plain(image('example.com', 'https://example.com/{version}.{ext}')),
    labels: { version: '\ud800' },
    finds: ['https://example.com/%EF%BF%BD.aci'],
  },
  {
    title: 'a label injects a variable: it is not filled in again',
    pages: plain(image('example.com', 'https://example.com/{version}.{ext}')),
    labels: { version: '{arch}' },
    finds: ['https://example.com/%7Barch%7D.aci'],
  },
  {
    title: 'SPEC D4: 404: the parent is asked, up to the bare domain',
    name: 'example.com/project/subproject',
    pages: { '/': page(image('example.com')) },
    finds: ['https://storage.example.com/linux/amd64/example.com/project/subproject-1.0.0.aci'],
    failures: [
      `example.com/project/subproject: ${pageOf('/project/subproject')}: ${NOT_FOUND}`,
      `example.com/project: ${pageOf('/project')}: ${NOT_FOUND}`,
    ],
    asked: ['/project/subproject?ac-discovery=1', '/project?ac-discovery=1', '/?ac-discovery=1'],
  },
  {
    title: 'SPEC D4: a page without tags: the parent is asked',
    pages: { '/reduce-worker': page('<meta charset="utf-8">'), '/': page(image('example.com')) },
    finds: [STORED],
    failures: [`example.com/reduce-worker: ${none('/reduce-worker')}`],
  },
  {
    title: 'SPEC D4: a nearer page counts, the parents are not asked',
    pages: {
      '/reduce-worker': page(image('example.com', 'https://near.example/{name}.{ext}')),
      '/': page(image('example.com')),
    },
    finds: [`https://near.example/${WORKER}.aci`],
    asked: ['/reduce-worker?ac-discovery=1'],
  },
  {
    title: 'SPEC D4: a refused template: the parent is asked',
    pages: { '/reduce-worker': page(image('example.com', 'hdfs://x/{name}.{ext}')), '/': page(image('example.com')) },
    finds: [STORED],
    failures: [`example.com/reduce-worker: template hdfs://x/{name}.{ext}: hdfs: is not supported, it must be https:`],
  },
  {
    title: 'SPEC D4: 403, with tags in its page: what an error page says does not count',
    pages: { '/reduce-worker': status(403) },
    error: /access is denied \(status 403\); .*not found \(status 404\)$/,
  },
  {
    title: 'SPEC D4: 500: the parent is asked',
    pages: { '/reduce-worker': status(500), '/': page(image('example.com')) },
    finds: [STORED],
    failures: [`example.com/reduce-worker: ${pageOf('/reduce-worker')}: the server failed (status 500)`],
  },
  {
    title: 'SPEC D4: nothing anywhere: every answer is told',
    name: 'example.com/a/b',
    pages: {},
    error: new RegExp(
      `^example\\.com/a/b: discovery found nothing: ${['/a/b', '/a', '/'].map((path) => escape(`${pageOf(path)}: ${NOT_FOUND}`)).join('; ')}$`,
    ),
  },
  {
    title: 'SPEC D4: keys alone are found, and why there is no image is told',
    pages: { '/': page(keys('example.com')) },
    finds: [],
    keys: [KEYS],
    failures: [`example.com/reduce-worker: ${pageOf('/reduce-worker')}: ${NOT_FOUND}`],
  },
  {
    title: 'SPEC D5: redirects are followed, the prefix stays',
    pages: {
      '/reduce-worker': status(302, { location: '/elsewhere?ac-discovery=1' }),
      '/elsewhere': page(image('example.com')),
    },
    finds: [STORED],
    asked: ['/reduce-worker?ac-discovery=1', '/elsewhere?ac-discovery=1'],
  },
  {
    title: 'SPEC D5: redirects to another host are followed',
    pages: {
      '/reduce-worker': status(307, { location: 'https://other.example.net:PORT/elsewhere' }),
      '/elsewhere': page(image('example.com')),
    },
    finds: [STORED],
  },
  {
    title: 'SPEC D5: redirects in a circle end, and the parent is asked',
    pages: {
      '/reduce-worker': status(301, { location: '/reduce-worker?ac-discovery=1' }),
      '/': page(image('example.com')),
    },
    finds: [STORED],
    failures: [/^example\.com\/reduce-worker: https:\/\/example\.com\/reduce-worker\?…: redirects in a circle/],
  },
  {
    title: 'a redirect steps down from https to http: it is not followed, even where http is allowed',
    pages: { '/reduce-worker': status(302, { location: 'http://example.com:PORT/plain' }) },
    client: { http: true },
    error: /redirects to http:\/\/example\.com\/plain: from https to http is not followed/,
  },
  {
    title: 'SPEC D6: several templates: all that can be used, in their order',
    pages: plain(
      image('example.com', 'https://one.example/{name}.{ext}') +
        image('example.com', 'hdfs://two.example/{name}.{ext}') +
        image('example.net', 'https://three.example/{name}.{ext}') +
        image(WORKER, 'https://four.example/{name}.{ext}'),
    ),
    finds: [`https://one.example/${WORKER}.aci`, `https://four.example/${WORKER}.aci`],
    signatures: [`https://one.example/${WORKER}.aci.asc`, `https://four.example/${WORKER}.aci.asc`],
    failures: [
      'example.com/reduce-worker: template hdfs://two.example/{name}.{ext}: hdfs: is not supported, it must be https:',
    ],
  },
  refused('a template points at a file', 'file:///etc/{name}.{ext}', 'file: is not supported, it must be https:'),
  refused('a template points at data', 'data:text/plain,{ext}', 'data: is not supported, it must be https:'),
  refused(
    'a template steps down to http',
    'http://example.com/{name}.{ext}',
    'http: protects nobody, it must be https:',
  ),
  {
    title: 'a template may say http where that is allowed',
    pages: plain(image('example.com', 'http://example.com/{name}.{ext}')),
    insecureHTTP: true,
    finds: [`http://example.com/${WORKER}.aci`],
  },
  {
    title: 'a template holds a password: refused, and not repeated',
    pages: plain(image('example.com', 'https://me:secret@example.com/{name}.{ext}')),
    error: /template https:\/\/…@example\.com\/\{name\}\.\{ext\}: holds a user or a password/,
  },
  refused('a template that is no URL', '/{name}.{ext}', 'not a URL'),
  {
    title: 'a tag with a word too many',
    pages: plain(image('example.com', `${TEMPLATE} more`)),
    error: /tag ac-discovery "example\.com .* more": not a prefix and a URL/,
  },
  {
    title: 'a key that would come by http is not offered',
    pages: plain(image('example.com') + keys('example.com', 'http://example.com/k.gpg')),
    finds: [STORED],
    keys: [],
    failures: ['example.com/reduce-worker: key http://example.com/k.gpg: http: protects nobody, it must be https:'],
  },
  {
    title: 'a message out of a template: control characters and length do not get through',
    pages: plain(image('example.com', `x:&#27;]0;owned&#7;{ext}${'y'.repeat(5000)}`)),
    error: /template x: \]0;owned \{ext\}y{170,190}…: x: is not supported/,
  },
  {
    title: 'an HTML bomb, nested: 200,000 elements',
    pages: plain(`${'<form><svg><div>'.repeat(66_000).slice(0, 2 ** 20 - 4096)}${image('example.com')}`),
    finds: [STORED],
  },
  {
    title: 'an HTML bomb, wide: one tag with 100,000 attributes',
    pages: plain(
      `<meta ${Array.from({ length: 100_000 }, (_, index) => `a${index}`).join(' ')}>${image('example.com')}`,
    ),
    finds: [STORED],
  },
  {
    title: 'an HTML bomb, long: an attribute that fills the page',
    pages: plain(`<meta name="ac-discovery" content="example.com https://example.com/${'x'.repeat(2 ** 20)}{ext}">`),
    error: /no ac-discovery tag for example\.com\/reduce-worker in its first 1048576 bytes/,
  },
  {
    title: 'an endless page: only its beginning is read',
    pages: {
      '/reduce-worker': (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('<p>and so on\n'.repeat(5000)));
          response.once('drain', more)
        }
        more()
      },
    },
    error: /no ac-discovery tag for example\.com\/reduce-worker in its first 1048576 bytes/,
  },
  {
    title: 'an endless page, its tags in front: they count',
    pages: {
      '/reduce-worker': (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(`${page(image('example.com'))}${' '.repeat(2 ** 18)}`));
          response.once('drain', more)
        }
        more()
      },
    },
    finds: [STORED],
  },
  {
    title: 'a flood of tags: the first 64 count',
    pages: plain(image('example.net').repeat(64) + image('example.com')),
    error: /no ac-discovery tag for example\.com\/reduce-worker in its first 64 tags/,
  },
  {
    title: 'a page cut off in the middle is none',
    pages: {
      '/reduce-worker': (_request, response) => {
        response.writeHead(200, { 'content-length': 100_000 })
        response.write(page(image('example.com')), () => response.destroy())
      },
    },
    error: /reduce-worker\?…: connection broken off by the server$/,
  },
  {
    title: 'a page with an encoding nobody asked for',
    pages: { '/reduce-worker': status(200, { 'content-encoding': 'gzip' }) },
    error: /reduce-worker\?…: encoded as "gzip", which was not asked for/,
  },
  {
    title: 'credentials are wanted: the hint says where they belong',
    pages: { '/reduce-worker': status(401), '/': status(401) },
    error: /credentials are needed \(status 401\)/,
  },
  {
    title: 'a host that does not exist is asked for once, not for every parent',
    name: 'nowhere.example/a/b/c',
    pages: {},
    error:
      /^nowhere\.example\/a\/b\/c: discovery found nothing: https:\/\/nowhere\.example\/a\/b\/c\?…: no such host name$/,
  },
  {
    title: 'a host the certificate is not for',
    name: 'wrong.example/a',
    pages: {},
    error: /https:\/\/wrong\.example\/a\?…: certificate of another host$/,
  },
  {
    title: 'a number that is an address in disguise is no host name',
    name: '2130706433/a',
    pages: {},
    error: /2130706433 is not a host name$/,
  },
  {
    title: 'a name of a thousand path elements is not walked',
    name: `example.com${'/a'.repeat(1000)}`,
    pages: {},
    error: /: more than 32 path elements are too many to look for$/,
    asked: [],
  },
]

describe('the table of discovery', () => {
  let server: WebServer
  before(async () => {
    authority().trust()
    server = await WebServer.start({ tls: true, names: NAMES })
  })
  after(() => server.close())

  const withPort = (text: string): string => text.replaceAll('PORT', String(server.port))
  const withoutPort = (text: string): string => text.replaceAll(`:${server.port}`, '')

  function serve(t: TestContext, pages: Case['pages']): void {
    for (const [path, answer] of Object.entries(pages)) {
      server.route(
        path,
        typeof answer === 'string'
          ? withPort(answer)
          : (request, response) => {
              const head = response.writeHead.bind(response)
              response.writeHead = ((code: number, headers: Readonly<Record<string, string>> = {}) => {
                const { location } = headers
                return head(code, { ...headers, ...(location !== undefined && { location: withPort(location) }) })
              }) as typeof head
              answer(request, response)
            },
      )
      t.after(() => server.unroute(path))
    }
  }

  for (const one of CASES) {
    test(one.title, { timeout: 30_000 }, async (t) => {
      leadHere(t, [...NAMES, 'wrong.example', '2130706433'])
      serve(t, one.pages)
      const before = server.requests.length
      const { name = WORKER, labels = {}, insecureHTTP = false } = one
      const client = clientFor(t, { http: insecureHTTP, ...one.client })
      const app = { name, labels: new Map(Object.entries(labels)) }
      const options = { insecureHTTP, port: server.port, defaults: new Map(Object.entries(LABELS)) }
      const found = await discover(app, client, options).catch((error: unknown) => error as Error)
      const asked = server.requests.slice(before).map(({ url }) => url)
      if (one.asked !== undefined) assert.deepEqual(asked, one.asked)
      if (one.error !== undefined) {
        assert.ok(found instanceof RuntimeError, `expected an error, got ${JSON.stringify(found)}`)
        assert.match(withoutPort(found.message), one.error)
        assert.equal(found.code, 'DISCOVERY_FAILED')
        return
      }
      if (found instanceof Error) throw found
      check(one, found, withoutPort)
    })
  }

  test('the hint of the first refusal is kept', async (t) => {
    leadHere(t, NAMES)
    serve(t, { '/': status(401) })
    const client = clientFor(t)
    const app = { name: 'example.com', labels: new Map() }
    await assert.rejects(discover(app, client, { insecureHTTP: false, port: server.port }), {
      hint: `credentials for example.com:${server.port} belong in a file of /etc/appc/auth.d; appc config shows those that are known`,
    })
  })

  test('SPEC D8: credentials go with the request for the page', async (t) => {
    leadHere(t, NAMES)
    serve(t, { '/': page(image('example.com')) })
    const client = clientFor(t, { authorization: (url) => (url.hostname === 'example.com' ? 'Basic eDp5' : undefined) })
    await discover({ name: 'example.com', labels: new Map(Object.entries(LABELS)) }, client, {
      insecureHTTP: false,
      port: server.port,
    })
    assert.equal(server.requests.at(-1)?.headers.authorization, 'Basic eDp5')
  })

  test('SPEC D4: discoverKeys goes on where a page has places only', async (t) => {
    leadHere(t, NAMES)
    serve(t, { '/reduce-worker': page(image('example.com')), '/': page(keys('example.com')) })
    const found = await discoverKeys(WORKER, clientFor(t), { insecureHTTP: false, port: server.port })
    assert.deepEqual(found.keys.map(String), [KEYS])
  })

  test('https fails, http is allowed: the page is read by http, and both answers are told where both fail', async (t) => {
    leadHere(t, NAMES)
    await using plainServer = await WebServer.start()
    plainServer.route('/', page(image('example.com')))
    const client = clientFor(t, { http: true })
    const app = { name: 'example.com', labels: new Map(Object.entries(LABELS)) }
    const options = { insecureHTTP: true, port: plainServer.port }
    const { endpoints } = await discover(app, client, options)
    assert.equal(endpoints.length, 1)
    plainServer.unroute('/')
    await assert.rejects(discover(app, client, options), /no TLS could be agreed on; http:.*not found \(status 404\)$/)
    await assert.rejects(discover(app, client, { ...options, insecureHTTP: false }), /no TLS could be agreed on$/)
  })
})

function check(one: Case, found: Discovery, withoutPort: (text: string) => string): void {
  if (one.finds !== undefined)
    assert.deepEqual(
      found.endpoints.map(({ aci }) => aci.href),
      one.finds,
    )
  if (one.signatures !== undefined)
    assert.deepEqual(
      found.endpoints.map(({ asc }) => asc.href),
      one.signatures,
    )
  if (one.keys !== undefined) assert.deepEqual(found.keys.map(String), one.keys)
  if (one.failures === undefined) return
  const failures = found.failures.map(({ prefix, message }) => withoutPort(`${prefix}: ${message}`))
  assert.equal(failures.length, one.failures.length, failures.join('\n'))
  for (const [index, wanted] of one.failures.entries()) {
    const failure = failures[index] ?? ''
    if (typeof wanted === 'string') assert.equal(failure, wanted)
    else assert.match(failure, wanted)
  }
}
