import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createSecureServer, type TlsOptions } from 'node:tls'

/**
 * The bytes that a server sends (one per character), and what it does with the connection
 * afterwards.
 */
export interface Answer {
  readonly bytes: string
  readonly then?: 'close' | 'stay' | 'reset'
  /** Whether each byte is sent in a segment of its own, as far as the kernel permits. */
  readonly byByte?: boolean
}

/**
 * Answers a request: `target` is its path with the query, `turn` the number of earlier requests to
 * that path (without the query).
 */
export type Answering = (target: string, turn: number) => Answer

/** A server on the loopback that sends any bytes, whether they are HTTP or not. */
export class ByteServer implements AsyncDisposable {
  readonly port: number
  /** Number of requests for each path. */
  readonly requestCounts = new Map<string, number>()
  readonly #server: Server
  readonly #sockets: Set<Socket>

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server
    this.#sockets = sockets
    this.port = (server.address() as AddressInfo).port
  }

  static async start(say: Answering, tls?: TlsOptions): Promise<ByteServer> {
    const sockets = new Set<Socket>()
    const server = tls === undefined ? createServer({ noDelay: true }) : createSecureServer({ ...tls, noDelay: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const self = new ByteServer(server, sockets)
    server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)))
    server.on('tlsClientError', () => undefined)
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      let received = ''
      socket.on('error', () => undefined)
      socket.on('data', (data) => {
        received += data.toString('latin1')
        for (let end; (end = received.indexOf('\r\n\r\n')) !== -1; received = received.slice(end + 4)) {
          const target = received.split(' ', 2)[1] ?? ''
          const [path = ''] = target.split('?', 1)
          const turn = self.requestCounts.get(path) ?? 0
          self.requestCounts.set(path, turn + 1)
          void speak(socket, say(target, turn))
        }
      })
    })
    return self
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

async function speak(socket: Socket, { bytes, then = 'close', byByte = false }: Answer): Promise<void> {
  const all = Buffer.from(bytes, 'latin1')
  const pieces = byByte ? Array.from(all, (byte) => Buffer.of(byte)) : [all]
  for (const piece of pieces) {
    if (socket.destroyed) return
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
  }
  if (then === 'close') socket.end()
  else if (then === 'reset') socket.resetAndDestroy()
}
