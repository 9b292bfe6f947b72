import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { authority } from '../../helpers/authority.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import type { Handler, WebServer } from '../../helpers/web-server.js'

const to =
  (location: string, status = 302): Handler =>
  (_request, response) =>
    void response.writeHead(status, { location }).end('moved')

async function plain(t: TestContext): Promise<WebServer> {
  setProxies(t)
  return await serverFor(t)
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`SPEC D5: ${status} is followed, relative or absolute`, async (t) => {
    const server = await plain(t)
    server.route('/a/b', to('../c?d=1', status))
    server.route('/c', to(server.url('/e#fragment').href, status))
    server.route('/e', 'here')
    const { url, status: last, text } = await clientFor(t).text(server.url('/a/b'), 10)
    assert.equal(text, 'here')
    assert.equal(last, 200)
    assert.equal(url.href, server.url('/e').href)
    assert.deepEqual(
      server.requests.map((request) => request.url),
      ['/a/b', '/c?d=1', '/e'],
    )
  })
}

/** A chain of `length` redirects that ends at a text. */
function chain(server: WebServer, length: number): void {
  for (let hop = 0; hop < length; hop++) server.route(`/${hop}`, to(`/${hop + 1}`))
  server.route(`/${length}`, 'end')
}

test('SPEC D5: ten redirects are followed', async (t) => {
  const server = await plain(t)
  chain(server, 10)
  assert.equal((await clientFor(t).text(server.url('/0'), 10)).text, 'end')
})

test('SPEC D5: the eleventh redirect is not', async (t) => {
  const server = await plain(t)
  chain(server, 11)
  await assert.rejects(clientFor(t).text(server.url('/0'), 10), {
    code: 'DOWNLOAD_FAILED',
    message: `${server.url('/0').href}: more than 10 redirects`,
  })
  assert.equal(server.requests.length, 11)
})

test('SPEC D5: a redirect loop is told as such', async (t) => {
  const server = await plain(t)
  server.route('/a', to('/b'))
  server.route('/b', to('/a'))
  await assert.rejects(clientFor(t).text(server.url('/a'), 10), {
    code: 'DOWNLOAD_FAILED',
    message: `${server.url('/a').href}: redirects in a circle, by ${server.url('/a').href}`,
  })
  assert.equal(server.requests.length, 2)
})

test('SPEC D5: a redirect loop whose query grows ends, too', async (t) => {
  const server = await plain(t)
  let count = 0
  server.route('/a', (request, response) => to(`/a?${count++}`)(request, response))
  await assert.rejects(clientFor(t).text(server.url('/a'), 10), { message: /more than 10 redirects/ })
})

test('the body of a redirect is not read, however long', async (t) => {
  const server = await plain(t)
  server.route('/a', (_request, response) => {
    response.writeHead(302, { location: '/b' })
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(65536), () => setImmediate(more))
    }
    more()
  })
  server.route('/b', 'b')
  assert.equal((await clientFor(t).text(server.url('/a'), 10)).text, 'b')
})

const REFUSED: readonly (readonly [what: string, location: string | undefined, code: string, message: RegExp])[] = [
  ['nowhere', undefined, 'DOWNLOAD_FAILED', /: the server redirects without saying where to$/],
  ['to no URL', 'https://[', 'DOWNLOAD_FAILED', /: the server redirects to what is no URL$/],
  [
    'to a file',
    'file:///etc/shadow',
    'INSECURE_URL',
    /: redirects to file:\/\/\/etc\/shadow: only https: and http: are followed$/,
  ],
  ['to ftp', 'ftp://example.com/x', 'INSECURE_URL', /only https: and http: are followed$/],
  ['to data', 'data:text/html,x', 'INSECURE_URL', /only https: and http: are followed$/],
  ['to script', 'javascript:alert(1)', 'INSECURE_URL', /only https: and http: are followed$/],
  [
    'to a URL with a password',
    'https://a:opensesame@example.com/x',
    'INSECURE_URL',
    /redirects to https:\/\/example\.com\/x: a URL must not hold a user or a password$/,
  ],
]

for (const [what, location, code, message] of REFUSED) {
  test(`a redirect ${what} is refused`, async (t) => {
    const server = await plain(t)
    server.route('/a', (_request, response) => {
      response.writeHead(302, location === undefined ? {} : { location }).end()
    })
    await assert.rejects(clientFor(t).text(server.url('/a'), 10), (error: Error & { code?: string }) => {
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.ok(!error.message.includes('opensesame'))
      return true
    })
  })
}

test('a step down from https to http is refused, even where http is allowed', async (t) => {
  const server = await plain(t)
  authority().trust()
  const secure = await serverFor(t, { tls: true })
  server.route('/b', 'b')
  secure.route('/a', to(server.url('/b').href))
  await assert.rejects(clientFor(t, { http: true }).text(secure.url('/a'), 10), {
    code: 'INSECURE_URL',
    message: `${secure.url('/a').href}: redirects to ${server.url('/b').href}: from https to http is not followed`,
  })
  assert.equal(server.requests.length, 0)
})

test('a step up from http to https is followed', async (t) => {
  const server = await plain(t)
  authority().trust()
  const secure = await serverFor(t, { tls: true })
  server.route('/a', to(secure.url('/b').href))
  secure.route('/b', 'b')
  assert.equal((await clientFor(t).text(server.url('/a'), 10)).text, 'b')
})
