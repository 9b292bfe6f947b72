import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { RuntimeError } from '#schema/errors.js'
import { discover, discoverKeys } from '../../../stage0/discovery/discover.js'
import type { Discovery } from '../../../stage0/discovery/discovery.js'
import { authority } from '../../helpers/authority.js'
import { resolveLocally } from '../../helpers/host-names.js'
import { clientFor } from '../../helpers/http-client.js'
import { WebServer } from '../../helpers/web-server.js'
import { NAMES, KEYS, page, image, keys, status, type Case, LABELS, WORKER } from './case.js'
import { RULES } from './cases-of-the-rules.js'
import { HOSTILE_SERVERS } from './cases-of-hostile-servers.js'

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

  for (const one of [...RULES, ...HOSTILE_SERVERS]) {
    test(one.title, { timeout: 30_000 }, async (t) => {
      resolveLocally(t, [...NAMES, 'wrong.example', '2130706433'])
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
    resolveLocally(t, NAMES)
    serve(t, { '/': status(401) })
    const client = clientFor(t)
    const app = { name: 'example.com', labels: new Map() }
    await assert.rejects(discover(app, client, { insecureHTTP: false, port: server.port }), {
      hint: `credentials for example.com:${server.port} belong in a file of /etc/appc/auth.d; appc config shows the configured ones`,
    })
  })

  test('SPEC D8: credentials go with the request for the page', async (t) => {
    resolveLocally(t, NAMES)
    serve(t, { '/': page(image('example.com')) })
    const client = clientFor(t, { authorization: (url) => (url.hostname === 'example.com' ? 'Basic eDp5' : undefined) })
    await discover({ name: 'example.com', labels: new Map(Object.entries(LABELS)) }, client, {
      insecureHTTP: false,
      port: server.port,
    })
    assert.equal(server.requests.at(-1)?.headers.authorization, 'Basic eDp5')
  })

  test('SPEC D4: discoverKeys goes on where a page has places only', async (t) => {
    resolveLocally(t, NAMES)
    serve(t, { '/reduce-worker': page(image('example.com')), '/': page(keys('example.com')) })
    const found = await discoverKeys(WORKER, clientFor(t), { insecureHTTP: false, port: server.port })
    assert.deepEqual(found.map(String), [KEYS])
  })

  test('SPEC D5: where no key is found, each page’s answer is told, and nothing of its places', async (t) => {
    resolveLocally(t, NAMES)
    serve(t, {
      '/reduce-worker': page(image('example.com', 'https://storage.example/{name}-{colour}.{ext}')),
      '/': page(image('example.com'), keys('example.com', 'http://storage.example/keys')),
    })
    await assert.rejects(discoverKeys(WORKER, clientFor(t), { insecureHTTP: false, port: server.port }), {
      code: 'DISCOVERY_FAILED',
      message:
        `${WORKER}: discovery found no keys: https://example.com:${server.port}/reduce-worker?…: ` +
        `no ac-discovery-pubkeys tag for ${WORKER}; ` +
        'key http://storage.example/keys: http: protects nobody, it must be https:',
    })
  })

  test('a page that is waited for in vain is not asked for again, nor is another of its server', async (t) => {
    resolveLocally(t, NAMES)
    serve(t, { '/reduce-worker': () => undefined })
    const client = clientFor(t, { timeouts: { header: 50 } })
    const before = server.requests.length
    await assert.rejects(
      discover({ name: WORKER, labels: new Map() }, client, { insecureHTTP: false, port: server.port }),
      /\/reduce-worker\?…: timed out: no answer after 0\.05 s$/,
    )
    assert.equal(server.requests.length, before + 1)
  })

  test('a page whose server has trouble is asked for again, and then its parent’s', async (t) => {
    resolveLocally(t, NAMES)
    serve(t, { '/reduce-worker': status(503), '/': page(image('example.com')) })
    const before = server.requests.length
    const app = { name: WORKER, labels: new Map(Object.entries(LABELS)) }
    const { endpoints } = await discover(app, clientFor(t), { insecureHTTP: false, port: server.port })
    assert.equal(endpoints.length, 1)
    assert.equal(server.requests.length, before + 5)
  })

  test('https fails, http is allowed: the page is read by http, and both answers are told where both fail', async (t) => {
    resolveLocally(t, NAMES)
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
