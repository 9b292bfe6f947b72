import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { respond } from '../../../stage1/metadata/respond.js'
import { LIMITS, openService, type ServeLimits } from '../../../stage1/metadata/serve.js'
import { metadataPod, TOKEN, UUID } from './pod.js'

const PATH = `/${TOKEN}/acMetadata/v1`
const HOST = 'Host: 127.0.0.1\r\n'

describe('the limits of the metadata service', () => {
  const lines: string[] = []
  let server: Server
  let ended: PromiseWithResolvers<undefined>
  const sockets = new Set<Socket>()

  async function listen(limits: Partial<ServeLimits> = {}): Promise<void> {
    const service = openService({
      limits: { ...LIMITS, ...limits },
      respond: (request) => respond(metadataPod(), request),
      log: (line) => lines.push(line),
      end: () => ended.resolve(undefined),
    })
    server = createServer(service.accept).listen(0, '127.0.0.1')
    await once(server, 'listening')
  }

  async function open(): Promise<Socket> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    sockets.add(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }

  /** Sends bytes; gives the answer up to the end of the connection. */
  async function send(...pieces: readonly (string | Buffer)[]): Promise<string> {
    const socket = await open()
    for (const piece of pieces) socket.write(piece)
    return await untilEnd(socket)
  }

  async function untilEnd(socket: Socket): Promise<string> {
    let text = ''
    socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')))
    if (!socket.closed) await once(socket, 'close')
    return text
  }

  const statusOf = (answer: string): string => answer.split(' ')[1] ?? answer
  const last = 'Connection: close\r\n'
  const uuid = async (): Promise<void> => {
    assert.match(
      await send(`GET ${PATH}/pod/uuid HTTP/1.1\r\n${HOST}${last}\r\n`),
      new RegExp(`^HTTP/1.1 200 .*${UUID}$`, 's'),
    )
  }

  beforeEach(() => {
    lines.length = 0
    ended = Promise.withResolvers()
  })
  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    server.close()
  })

  const head = `GET ${PATH}/pod/uuid HTTP/1.1\r\n${HOST}`
  const postHead = `POST ${PATH}/pod/hmac/sign HTTP/1.1\r\n${HOST}`
  const rows: readonly (readonly [name: string, status: string, ...pieces: (string | Buffer)[]])[] = [
    ['garbage', '400', 'GARBAGE\r\n\r\n'],
    ['bytes of TLS', '400', Buffer.from('160301020001', 'hex')],
    ['zeros', '400', Buffer.alloc(100)],
    ['an unknown method', '400', `FETCH ${PATH}/pod/uuid HTTP/1.1\r\n${HOST}\r\n`],
    ['CONNECT', '405', `CONNECT 192.0.2.1:80 HTTP/1.1\r\n${HOST}\r\n`],
    ['a NUL in the path', '400', `GET ${PATH}/pod/uuid\0 HTTP/1.1\r\n${HOST}\r\n`],
    ['bytes that are no ASCII in the path', '400', Buffer.from(`GET ${PATH}/\xff HTTP/1.1\r\n\r\n`, 'latin1')],
    ['a header of 20 kB', '431', `${head}X: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['5,000 header lines', '431', `${head}${'X: a\r\n'.repeat(5000)}\r\n`],
    ['a path of 20 kB', '431', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`],
    ['a folded header line', '400', `${head}X: a\r\n b\r\n\r\n`],
    ['a NUL in a header', '400', `${head}X: a\0b\r\n\r\n`],
    ['a length and chunks', '400', `${postHead}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', '400', `${postHead}Content-Length: 9\r\nContent-Length: 8\r\n\r\ncontent=x`],
    ['a negative length', '400', `${postHead}Content-Length: -1\r\n\r\n`],
    ['a broken chunk', '400', `${postHead}Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n`],
    ['a body of 2 MB', '413', `${postHead}Content-Length: 2000000\r\n\r\n`, Buffer.alloc(2_000_000, 'a')],
    [
      'endless chunks',
      '413',
      `${postHead}Transfer-Encoding: chunked\r\n\r\n`,
      `ffff\r\n${'a'.repeat(0xffff)}\r\n`.repeat(20),
    ],
    ['a body for GET', '200', `${head}${last}Content-Length: 3\r\n\r\nabc`],
    ['HTTP/1.0', '200', `GET ${PATH}/pod/uuid HTTP/1.0\r\n\r\n`],
    ['HTTP/2', '400', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an upgrade', '200', `${head}Upgrade: websocket\r\nConnection: upgrade, close\r\n\r\n`],
    ['a wrong token', '401', `GET /x HTTP/1.1\r\n${HOST}${last}\r\n`],
    ['DELETE', '405', `DELETE ${PATH}/pod/uuid HTTP/1.1\r\n${HOST}${last}\r\n`],
    [
      'a body of 1 MiB',
      '200',
      `${postHead}${last}Content-Length: ${1 << 20}\r\n\r\n`,
      `content=${'a'.repeat((1 << 20) - 8)}`,
    ],
  ]
  for (const [name, status, ...pieces] of rows) {
    test(`${status} for ${name}, and the next request is answered`, async () => {
      await listen()
      assert.equal(statusOf(await send(...pieces)), status)
      await uuid()
    })
  }

  test('a request that does not come in time is refused: no header, no body, an answer that is not read', async () => {
    await listen({ request: 50 })
    assert.equal(statusOf(await send('GET /')), '408')
    assert.equal(statusOf(await send(`${postHead}Content-Length: 9\r\n\r\ncont`)), '408')
    assert.equal(statusOf(await send('')), '408')
    const answers = await send(`${head}\r\n`)
    assert.deepEqual(answers.match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 408'])
  })

  test('200 connections that say nothing keep nobody out', async () => {
    await listen()
    const silent = await Promise.all(Array.from({ length: 200 }, open))
    // Only a socket that is read notices its end.
    for (const socket of silent) socket.resume()
    await uuid()
    const closed = silent.slice(0, -LIMITS.connections)
    await Promise.all(closed.map(untilEnd))
  })

  test('requests that come together are answered in their order', async () => {
    await listen()
    const answers = await send(`${head}\r\n${head}\r\nGET /x HTTP/1.1\r\n${HOST}${last}\r\n`)
    assert.deepEqual(answers.match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 401'])
  })

  test('it ends when there was no connection for the idle time', async () => {
    await listen({ idle: 20, request: 100 })
    await send('')
    await ended.promise
  })

  test('each request is one line, without the token', async () => {
    await listen()
    await send(`${head}${last}\r\n`)
    await send(`GET /secret HTTP/1.1\r\n${HOST}${last}\r\n`)
    await send('GARBAGE\r\n\r\n')
    assert.deepEqual(lines, ['GET /acMetadata/v1/pod/uuid 200 36', 'GET - 401 38', '- - 400'])
  })
})
