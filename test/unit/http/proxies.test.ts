import assert from 'node:assert/strict'
import { once } from 'node:events'
import { inspect } from 'node:util'
import { type AddressInfo, createServer } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Authority, authority } from '../../helpers/authority.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import { Proxy } from '../../helpers/proxy.js'

async function proxyFor(t: TestContext): Promise<Proxy> {
  const proxy = await Proxy.start()
  t.after(() => proxy.close())
  return proxy
}

const lines = (proxy: Proxy): readonly string[] => proxy.seen.map(({ line }) => line)

test('http goes through http_proxy, https through https_proxy', async (t) => {
  const [plain, secure] = [await proxyFor(t), await proxyFor(t)]
  setProxies(t, { http_proxy: plain.url(), https_proxy: secure.url() })
  authority().trust()
  const one = await serverFor(t)
  const two = await serverFor(t, { tls: true })
  one.route('/a', 'one')
  two.route('/b', 'two')
  const client = clientFor(t)
  assert.equal((await client.text(one.url('/a'), 10)).text, 'one')
  assert.equal((await client.text(two.url('/b'), 10)).text, 'two')
  assert.deepEqual(lines(plain), [`GET ${one.url('/a').href}`])
  assert.deepEqual(lines(secure), [`CONNECT localhost:${two.port}`])
})

test('no_proxy names hosts that are asked directly', async (t) => {
  const proxy = await proxyFor(t)
  setProxies(t, { http_proxy: proxy.url(), no_proxy: 'example.com,localhost' })
  const server = await serverFor(t)
  server.route('/', 'x')
  const client = clientFor(t)
  await client.text(server.url('/'), 10)
  assert.deepEqual(lines(proxy), [])
  await client.text(server.url('/', '127.0.0.1'), 10)
  assert.deepEqual(lines(proxy), [`GET ${server.url('/', '127.0.0.1').href}`])
})

test('the proxy gets its own password, the server does not', async (t) => {
  const proxy = await proxyFor(t)
  setProxies(t, { http_proxy: proxy.url('bob:proxysecret') })
  const server = await serverFor(t)
  server.route('/', 'x')
  await clientFor(t).text(server.url('/'), 10)
  const expected = `Basic ${Buffer.from('bob:proxysecret').toString('base64')}`
  assert.equal(proxy.seen[0]?.headers['proxy-authorization'], expected)
})

/** Asserts that an error does not contain a proxy's password, at any depth. */
function showsNoPassword(error: Error): void {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    assert.doesNotMatch(`${at.stack ?? ''} ${inspect(at, { depth: 3 })}`, /proxysecret|cHJveHlzZWNyZXQ/)
}

interface Failed {
  readonly url: string
  readonly message: string
  readonly hint?: RegExp
}

async function failsWith(t: TestContext, { url, message, hint = /^$/ }: Failed, tls = false): Promise<void> {
  await assert.rejects(
    clientFor(t, { tls }).text(new URL(url), 10),
    (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.message, message)
      assert.equal(error.code, 'DOWNLOAD_FAILED')
      assert.match(error.hint ?? '', hint)
      showsNoPassword(error)
      return true
    },
  )
}

const SECURE = 'https://example.com/a'
const PLAIN = 'http://example.com/a'
const bob = (proxy: Proxy) => ({ http_proxy: proxy.url('bob:proxysecret'), https_proxy: proxy.url('bob:proxysecret') })

test('a proxy that will not connect is told by its name, without its password', async (t) => {
  const proxy = await proxyFor(t)
  setProxies(t, bob(proxy))
  proxy.refuses = 502
  const name = `proxy ${proxy.url()} (https_proxy)`
  await failsWith(t, { url: SECURE, message: `${SECURE}: ${name}: would not connect to it (status 502)` })
  assert.deepEqual(lines(proxy), ['CONNECT example.com:443'])
})

test('a proxy that wants to know who one is is told by its name', async (t) => {
  const proxy = await proxyFor(t)
  setProxies(t, bob(proxy))
  proxy.refuses = 407
  for (const [url, variable] of [
    [SECURE, 'https_proxy'],
    [PLAIN, 'http_proxy'],
  ] as const) {
    const message = `${url}: proxy ${proxy.url()} (${variable}): wants other credentials (status 407)`
    await failsWith(t, { url, message, hint: /http:\/\/USER:PASSWORD@HOST:PORT/ })
  }
})

test('a proxy that is not there is told by its name, without its password', async (t) => {
  const proxy = await proxyFor(t)
  setProxies(t, bob(proxy))
  const name = proxy.url()
  await proxy.close()
  for (const [url, variable] of [
    [SECURE, 'https_proxy'],
    [PLAIN, 'http_proxy'],
  ] as const) {
    await failsWith(t, { url, message: `${url}: proxy ${name} (${variable}): connection refused` })
  }
})

test('a proxy that breaks off is told by its name', async (t) => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  setProxies(t, { all_proxy: proxy })
  const broken = `proxy ${proxy} (all_proxy): connection broken off by the server`
  await failsWith(t, { url: PLAIN, message: `${PLAIN}: ${broken}` })
  await failsWith(t, { url: SECURE, message: `${SECURE}: proxy ${proxy} (all_proxy): would not connect to it` })
})

test('a proxy spoken to over TLS is used where its certificate is good', async (t) => {
  authority().trust()
  const proxy = await Proxy.start(authority().issue(['127.0.0.1']))
  t.after(() => proxy.close())
  setProxies(t, { all_proxy: proxy.url() })
  const [plain, secure] = [await serverFor(t), await serverFor(t, { tls: true })]
  plain.route('/a', 'one')
  secure.route('/b', 'two')
  assert.equal((await clientFor(t).text(plain.url('/a'), 10)).text, 'one')
  assert.equal((await clientFor(t).text(secure.url('/b'), 10)).text, 'two')
  assert.deepEqual(lines(proxy), [`GET ${plain.url('/a').href}`, `CONNECT localhost:${secure.port}`])
})

test('a certificate that is not good is told of the proxy or of the server, whose it is', async (t) => {
  authority().trust()
  const other = await Proxy.start(authority().issue(['example.org']))
  t.after(() => other.close())
  setProxies(t, { all_proxy: other.url() })
  const wrong = `proxy ${other.url()} (all_proxy): certificate of another host`
  // the option to skip the server's certificate does not apply to the proxy's
  for (const tls of [false, true]) {
    await failsWith(t, { url: SECURE, message: `${SECURE}: ${wrong}` }, tls)
    await failsWith(t, { url: PLAIN, message: `${PLAIN}: ${wrong}` }, tls)
  }
  const stranger = await Proxy.start(new Authority().issue(['127.0.0.1']))
  t.after(() => stranger.close())
  setProxies(t, { all_proxy: stranger.url() })
  const unknown = `proxy ${stranger.url()} (all_proxy): certificate of an authority that is not trusted here`
  await failsWith(t, { url: SECURE, message: `${SECURE}: ${unknown}`, hint: /ca-certificates/ })
  const good = await proxyFor(t)
  setProxies(t, { all_proxy: good.url() })
  const server = await serverFor(t, { tls: true, certificate: authority().issue(['example.org']) })
  const url = server.url('/').href
  await failsWith(t, { url, message: `${url}: certificate of another host` })
})

test('what is no proxy, or none for us, is told by its variable, and nothing is asked directly', async (t) => {
  const server = await serverFor(t)
  server.route('/', 'x')
  const url = server.url('/').href
  for (const [value, words] of [
    ['http://bob:proxysecret@[', 'is no address of a proxy'],
    ['socks5://bob:proxysecret@127.0.0.1:1', 'names a SOCKS proxy (socks5://), which appc cannot use'],
  ] as const) {
    setProxies(t, { ALL_PROXY: value })
    await failsWith(t, { url, message: `${url}: ALL_PROXY ${words}`, hint: /^give ALL_PROXY as http:\/\/HOST:PORT/ })
  }
  assert.deepEqual(server.requests, [])
})

test('a proxy without a scheme is used', async (t) => {
  const proxy = await proxyFor(t)
  setProxies(t, { http_proxy: proxy.url().replace('http://', '') })
  const server = await serverFor(t)
  server.route('/', 'x')
  await clientFor(t).text(server.url('/'), 10)
  assert.deepEqual(lines(proxy), [`GET ${server.url('/').href}`])
})
