import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { authority } from '../../helpers/authority.js'
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

/** No error may show a proxy's password, at any depth. */
function showsNoPassword(error: Error): void {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    assert.doesNotMatch(`${at.message} ${at.stack ?? ''} ${JSON.stringify(at)}`, /proxysecret|cHJveHlzZWNyZXQ/)
}

test('a proxy that will not connect is told, without its password', async (t) => {
  const proxy = await proxyFor(t)
  proxy.refuses = 407
  setProxies(t, { https_proxy: proxy.url('bob:proxysecret') })
  await assert.rejects(clientFor(t).text(new URL('https://example.com/a'), 10), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'DOWNLOAD_FAILED')
    assert.equal(error.message, 'https://example.com/a: the proxy would not connect to it')
    showsNoPassword(error)
    return true
  })
  assert.deepEqual(lines(proxy), ['CONNECT example.com:443'])
})

test('a proxy that is not there is told, without its password', async (t) => {
  const proxy = await proxyFor(t)
  setProxies(t, { https_proxy: proxy.url('bob:proxysecret') })
  await proxy.close()
  await assert.rejects(clientFor(t).text(new URL('https://example.com/a'), 10), (error: Error) => {
    assert.equal(error.message, 'https://example.com/a: connection refused')
    showsNoPassword(error)
    return true
  })
})

test('a proxy that is no URL is told, without its password', async (t) => {
  setProxies(t, { https_proxy: 'http://bob:proxysecret@[' })
  await assert.rejects(clientFor(t).text(new URL('https://example.com/a'), 10), (error: Error) => {
    assert.match(error.message, /^https:\/\/example\.com\/a: the proxy that the environment names/)
    showsNoPassword(error)
    return true
  })
})
