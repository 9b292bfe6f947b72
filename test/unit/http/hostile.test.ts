import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { statusError } from '../../../stage0/http/status.js'
import { clientFor, serverFor, setProxies } from '../../helpers/http-client.js'
import type { WebServer } from '../../helpers/web-server.js'

async function plain(t: TestContext): Promise<WebServer> {
  setProxies(t)
  return await serverFor(t)
}

/** A server that calls `act` for each connection; it need not speak HTTP. */
async function rawServer(t: TestContext, act: (socket: Socket) => void): Promise<string> {
  setProxies(t)
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    act(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/**
 * A server that always responds with these bytes, and then closes the connection or stays silent.
 */
const saying = (t: TestContext, answer: string, close = true): Promise<string> =>
  rawServer(t, (socket) => {
    socket.once('data', () => {
      if (close) socket.end(answer)
      else socket.write(answer)
    })
  })

const LIMIT = 1000

test('an endless body is cut off at the limit', async (t) => {
  const server = await plain(t)
  const ended = new Promise((resolve) => {
    server.route('/a', (_request, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(100), () => setImmediate(more))
      }
      response.once('close', resolve)
      more()
    })
  })
  await assert.rejects(clientFor(t).text(server.url('/a'), LIMIT), {
    code: 'DOWNLOAD_LIMIT',
    message: `${server.url('/a').href}: more than the 1000 bytes that are allowed`,
  })
  await ended
})

test('a body that is announced as too long is not read at all', async (t) => {
  const host = await saying(t, 'HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n', false)
  await assert.rejects(clientFor(t).text(new URL(`http://${host}/`), LIMIT), { code: 'DOWNLOAD_LIMIT' })
})

test('a body exactly as long as allowed is read', async (t) => {
  const server = await plain(t)
  server.route('/a', 'x'.repeat(LIMIT))
  assert.equal((await clientFor(t).text(server.url('/a'), LIMIT)).text.length, LIMIT)
})

const BROKEN_OFF = 'connection broken off by the server'
const NOT_HTTP = 'the answer is not HTTP'

/** The bytes of a server before it closes, and the expected result. */
const ANSWERS: readonly (readonly [what: string, answer: string, code: string, message: string])[] = [
  ['nothing', '', 'DOWNLOAD_FAILED', BROKEN_OFF],
  ['half a header', 'HTTP/1.1 200 OK\r\nContent-Le', 'DOWNLOAD_FAILED', BROKEN_OFF],
  ['less than its Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345', 'DOWNLOAD_FAILED', BROKEN_OFF],
  [
    'chunks without an end',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n',
    'DOWNLOAD_FAILED',
    BROKEN_OFF,
  ],
  ['broken chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'DOWNLOAD_FAILED', NOT_HTTP],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345',
    'DOWNLOAD_FAILED',
    NOT_HTTP,
  ],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n12345', 'DOWNLOAD_FAILED', NOT_HTTP],
  [
    'a length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n',
    'DOWNLOAD_FAILED',
    NOT_HTTP,
  ],
  ['the greeting of a mail server', '220 mail.example ESMTP\r\n', 'DOWNLOAD_FAILED', NOT_HTTP],
  [
    'an endless header',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
    'DOWNLOAD_LIMIT',
    "the answer's header is too long",
  ],
]

for (const [what, answer, code, message] of ANSWERS) {
  test(`a server that says ${what}`, async (t) => {
    const host = await saying(t, answer)
    const url = new URL(`http://${host}/`)
    await assert.rejects(clientFor(t).text(url, LIMIT), { code, message: `${url.href}: ${message}` })
  })
}

test('what follows the announced length is never taken for the next answer', async (t) => {
  const smuggled = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'
  const host = await saying(t, `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345${smuggled}`, false)
  const client = clientFor(t)
  for (let turn = 0; turn < 3; turn++)
    assert.equal((await client.text(new URL(`http://${host}/${turn}`), LIMIT)).text, '12345')
})

test('a server that takes the connection and never answers', async (t) => {
  const host = await saying(t, '', false)
  await assert.rejects(clientFor(t, { timeouts: { header: 50 } }).text(new URL(`http://${host}/`), LIMIT), {
    code: 'DOWNLOAD_FAILED',
    message: `http://${host}/: timed out: no answer after 0.05 s`,
  })
})

test('a server that never gets through the TLS handshake', async (t) => {
  const host = await rawServer(t, () => undefined)
  await assert.rejects(clientFor(t, { timeouts: { connect: 50 } }).text(new URL(`https://${host}/`), LIMIT), {
    code: 'DOWNLOAD_FAILED',
    message: `https://${host}/: timed out: no connection after 0.05 s`,
  })
})

test('a server that drips its header has as long for all of it', async (t) => {
  const host = await rawServer(t, (socket) => {
    const more = (): void => {
      if (!socket.destroyed)
        socket.write('HTTP/1.1 200 OK\r\nX-'.charAt(socket.bytesWritten) || 'y', () => setImmediate(more))
    }
    socket.once('data', more)
  })
  const client = clientFor(t, { timeouts: { header: 20 } })
  await assert.rejects(client.text(new URL(`http://${host}/`), LIMIT), {
    // the limit on a header's length may come first
    message: /timed out: no answer after 0\.02 s$|header is too long$/,
  })
})

test('a server that stops in the middle of a body', async (t) => {
  const host = await saying(t, 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345', false)
  await assert.rejects(clientFor(t, { timeouts: { idle: 50 } }).text(new URL(`http://${host}/`), LIMIT), {
    code: 'DOWNLOAD_FAILED',
    message: /^http:\/\/127\.0\.0\.1:\d+\/: timed out: \d+ bytes in 0\.05 s$/,
  })
})

test('nobody listens', async (t) => {
  const server = await plain(t)
  const url = server.url('/')
  await server.close()
  await assert.rejects(clientFor(t).text(url, LIMIT), {
    code: 'DOWNLOAD_FAILED',
    message: `${url.href}: connection refused`,
  })
})

test('a host name that does not exist', async (t) => {
  setProxies(t)
  await assert.rejects(clientFor(t).text(new URL('http://nowhere.invalid/'), LIMIT), {
    code: 'DOWNLOAD_FAILED',
    // without any name server the resolver cannot know that
    message: /^http:\/\/nowhere\.invalid\/: (no such host name|the host name could not be looked up just now)$/,
  })
})

const STATUSES: readonly (readonly [status: number, words: string, transient: boolean])[] = [
  [204, 'an answer that does not fit', false],
  [304, 'an answer that does not fit', false],
  [401, 'credentials are needed', false],
  [403, 'access is denied', false],
  [404, 'not found', false],
  [410, 'gone for good', false],
  [418, 'the server refused', false],
  [429, 'too many requests', true],
  [500, 'the server failed', true],
  [501, 'the server cannot do that', false],
  [503, 'the server is not available', true],
  [599, 'the server failed', false],
]

test('statuses in words', () => {
  for (const [status, words, transient] of STATUSES) {
    const error = statusError(new URL('https://example.com/a.aci'), status)
    assert.equal(error.message, `https://example.com/a.aci: ${words} (status ${status})`)
    assert.equal(error.code, 'DOWNLOAD_FAILED')
    assert.equal(error.transient, transient, String(status))
  }
})
