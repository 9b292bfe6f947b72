import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'

test('GET gives status, headers and the body as it was sent', async (t) => {
  setProxies(t)
  const server = await serverFor(t)
  const packed = gzipSync('hello')
  server.route('/a', (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'image/png' }).end(packed),
  )
  const client = clientFor(t)
  const { url, status, headers, bytes } = await client.bytes(server.url('/a?x=1'), 1000)
  assert.equal(url.href, server.url('/a?x=1').href)
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'image/png')
  assert.ok(bytes.equals(packed), 'a Content-Encoding is not undone')
  const [request] = server.requests
  assert.equal(request?.url, '/a?x=1')
  assert.equal(request.headers['accept-encoding'], 'identity')
  assert.match(request.headers['user-agent'] ?? '', /^appc\/\d/)
  assert.equal(request.headers.authorization, undefined)
})

test('a connection is used again', async (t) => {
  setProxies(t)
  const server = await serverFor(t)
  const ports = new Set<number | undefined>()
  server.route('/', (request, response) => {
    ports.add(request.socket.remotePort)
    response.end('x')
  })
  const client = clientFor(t)
  for (let turn = 0; turn < 3; turn++) await client.text(server.url('/'), 10)
  assert.equal(ports.size, 1)
})

for (const status of [200, 202, 204, 304, 400, 401, 404, 500, 503]) {
  test(`status ${status} is an answer, not an error`, async (t) => {
    setProxies(t)
    const server = await serverFor(t)
    server.route('/', (_request, response) => response.writeHead(status).end())
    const response = await clientFor(t).get(server.url('/'))
    assert.equal(response.status, status)
    response.body.destroy()
  })
}

test('http is refused before anything is sent, unless it is allowed', async (t) => {
  setProxies(t)
  const server = await serverFor(t)
  server.route('/', 'x')
  await assert.rejects(clientFor(t, { http: false }).text(server.url('/?token=abc'), 10), {
    code: 'INSECURE_URL',
    message: `http://${server.url('/').host}/?…: http protects nobody`,
    hint: 'use https, or --insecure-options=http',
  })
  assert.equal(server.requests.length, 0)
})

test('a URL with a password is refused, and not shown', async (t) => {
  const client = clientFor(t)
  for (const user of ['alice:opensesame', 'opensesame', ':opensesame']) {
    await assert.rejects(client.get(new URL(`https://${user}@example.com/a.aci`)), (error: Error) => {
      assert.equal(error.message, 'https://example.com/a.aci: a URL must not hold a user or a password')
      assert.ok(!JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('opensesame'))
      return true
    })
  }
})

test('other schemes than https and http are refused', async (t) => {
  const client = clientFor(t)
  for (const url of ['file:///etc/shadow', 'ftp://example.com/x', 'data:text/plain,x', 'docker://busybox'])
    await assert.rejects(client.get(new URL(url)), { code: 'INSECURE_URL', message: /only https: and http:/ })
})

test('nothing of HTTP is loaded before the first request', () => {
  const at = (path: string): string => JSON.stringify(new URL(`../../../stage0/${path}`, import.meta.url).href)
  const program = `
    const { HttpClient } = await import(${at('http/client.js')})
    await import(${at('download/download.js')})
    new HttpClient({}).close()
    console.log(process.moduleLoadList.filter((name) => /NativeModule (_?http|https|tls|_tls|http2)/.test(name)).join())`
  const out = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  assert.equal(out, '\n')
})
