import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { loadConfig } from '../../../stage0/config/config.js'
import { statusError } from '../../../stage0/http/status.js'
import { authority } from '../../helpers/authority.js'
import { temporaryDirectory } from '../../helpers/data-dir.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import { Proxy } from '../../helpers/proxy.js'
import type { WebServer } from '../../helpers/web-server.js'

const BASIC = `Basic ${Buffer.from('alice:opensesame').toString('base64')}`

/** The credentials of some hosts, read from auth.d as usual. */
function configured(t: TestContext, hosts: readonly string[]): (url: URL) => string | undefined {
  const root = temporaryDirectory(t)
  mkdirSync(join(root, 'auth.d'))
  const credentials = { user: 'alice', password: 'opensesame' }
  const document = { rktKind: 'auth', rktVersion: 'v1', domains: hosts, type: 'basic', credentials }
  writeFileSync(join(root, 'auth.d/a.json'), JSON.stringify(document))
  return loadConfig({ system: join(root, 'none'), local: root }).authorization
}

async function secure(t: TestContext): Promise<WebServer> {
  setProxies(t)
  authority().trust()
  return await serverFor(t, { tls: true })
}

const shown = (server: WebServer, path: string): readonly (string | undefined)[] =>
  server.requestsTo(path).map(({ headers }) => headers.authorization)

const redirect = (server: WebServer, path: string, location: URL): void =>
  server.route(path, (_request, response) => void response.writeHead(302, { location: location.href }).end())

test('SPEC D8: credentials go to their host over https, and along a redirect within it', async (t) => {
  const server = await secure(t)
  redirect(server, '/a', server.url('/b'))
  server.route('/b', 'b')
  const client = clientFor(t, { authorization: configured(t, [server.url('/').host]) })
  assert.equal((await client.text(server.url('/a'), 10)).text, 'b')
  assert.deepEqual(shown(server, '/a'), [BASIC])
  assert.deepEqual(shown(server, '/b'), [BASIC])
})

test('SPEC D8: not to the same host by another name, nor to another port', async (t) => {
  const server = await secure(t)
  const other = await serverFor(t, { tls: true })
  server.route('/', 'x')
  other.route('/', 'x')
  const client = clientFor(t, { authorization: configured(t, [`localhost:${server.port}`]) })
  await client.text(server.url('/', '127.0.0.1'), 10)
  await client.text(other.url('/'), 10)
  assert.deepEqual([...shown(server, '/'), ...shown(other, '/')], [undefined, undefined])
})

test('SPEC D8: not over http', async (t) => {
  setProxies(t)
  const server = await serverFor(t)
  server.route('/', 'x')
  const client = clientFor(t, { authorization: configured(t, [server.url('/').host]) })
  await client.text(server.url('/'), 10)
  assert.deepEqual(shown(server, '/'), [undefined])
})

test('SPEC D8: not across a redirect to another host, not even that host’s own, and not on the way back', async (t) => {
  const home = await secure(t)
  const other = await serverFor(t, { tls: true })
  redirect(home, '/a', other.url('/b'))
  redirect(other, '/b', home.url('/c'))
  home.route('/c', 'c')
  const hosts = [home.url('/').host, other.url('/').host]
  const client = clientFor(t, { authorization: configured(t, hosts) })
  assert.equal((await client.text(home.url('/a'), 10)).text, 'c')
  assert.deepEqual(shown(home, '/a'), [BASIC])
  assert.deepEqual(shown(other, '/b'), [undefined])
  assert.deepEqual(shown(home, '/c'), [undefined])
})

test('SPEC D8: a redirect from http does not fetch the credentials of its target', async (t) => {
  const target = await secure(t)
  const server = await serverFor(t)
  redirect(server, '/a', target.url('/b'))
  target.route('/b', 'b')
  const client = clientFor(t, { authorization: configured(t, [target.url('/').host]) })
  await client.text(server.url('/a'), 10)
  assert.deepEqual(shown(target, '/b'), [undefined])
})

test('SPEC D8: a proxy sees neither the credentials nor the request', async (t) => {
  const server = await secure(t)
  const proxy = await Proxy.start()
  t.after(() => proxy.close())
  setProxies(t, { https_proxy: proxy.url() })
  server.route('/secret-path', 'x')
  const client = clientFor(t, { authorization: configured(t, [server.url('/').host]) })
  await client.text(server.url('/secret-path'), 10)
  assert.deepEqual(shown(server, '/secret-path'), [BASIC])
  assert.doesNotMatch(JSON.stringify(proxy.seen), /authorization|secret-path/i)
})

test('errors do not hold credentials, whatever depth one looks at', async (t) => {
  const server = await secure(t)
  server.route('/broken', (_request, response) => void response.socket?.destroy())
  const client = clientFor(t, { authorization: configured(t, [server.url('/').host]), retryDelays: [] })
  await assert.rejects(client.text(server.url('/broken'), 10), (error: Error) => {
    assert.deepEqual(shown(server, '/broken'), [BASIC])
    for (let at: unknown = error; at instanceof Error; at = at.cause)
      assert.doesNotMatch(`${at.message} ${at.stack ?? ''} ${JSON.stringify(at)}`, /opensesame|Basic/)
    return true
  })
})

test('401 and 403 say where credentials belong; never over http', () => {
  const error = statusError(new URL('https://example.com:8443/a.aci?sig=abc'), 401)
  assert.equal(error.message, 'https://example.com:8443/a.aci?…: credentials are needed (status 401)')
  assert.match(error.hint ?? '', /credentials for example\.com:8443 belong in a file of \/etc\/appc\/auth\.d/)
  assert.equal(statusError(new URL('http://example.com/'), 403).hint, 'credentials are sent over https only')
})
