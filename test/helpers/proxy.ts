import { createServer, type IncomingMessage, request as forward, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Certificate } from './authority.js'

/**
 * A request that went through a proxy: `CONNECT host:port` or `GET http://…`, and the credentials
 * for the proxy itself.
 */
export interface Proxied {
  readonly line: string
  readonly headers: IncomingMessage['headers']
}

/** A small real proxy on the loopback: forwards plain requests, and tunnels by CONNECT. */
export class Proxy {
  readonly seen: Proxied[] = []
  /** The status with which CONNECT and GET are refused: 407, 502, … */
  refuses: number | undefined
  readonly #server: Server
  readonly #scheme: 'http' | 'https'
  readonly #sockets = new Set<Duplex>()

  private constructor(server: Server, scheme: 'http' | 'https') {
    this.#server = server
    this.#scheme = scheme
    server.on('request', (request, response) => {
      this.#note(request)
      if (this.refuses !== undefined) {
        response.writeHead(this.refuses).end()
        return
      }
      const { url = '', method, headers } = request
      const onward = forward(url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      onward.on('error', () => response.destroy())
      request.pipe(onward)
    })
    server.on('connect', (request: IncomingMessage, socket: Duplex) => {
      this.#note(request)
      if (this.refuses === undefined) this.#tunnel(request.url ?? '', socket)
      else socket.end(`HTTP/1.1 ${this.refuses} No\r\n\r\n`)
    })
  }

  /** @param certificate clients speak TLS to the proxy */
  static async start(certificate?: Certificate): Promise<Proxy> {
    const server = certificate === undefined ? createServer() : createSecureServer({ ...certificate })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Proxy(server, certificate === undefined ? 'http' : 'https')
  }

  /** Its URL; `user` is `name:password`. */
  url(user?: string): string {
    const { port } = this.#server.address() as AddressInfo
    return `${this.#scheme}://${user === undefined ? '' : `${user}@`}127.0.0.1:${port}`
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #note({ method = '', url = '', headers }: IncomingMessage): void {
    this.seen.push({ line: `${method} ${url}`, headers })
  }

  #tunnel(address: string, socket: Duplex): void {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? []
    const onward: Socket = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [socket, onward]) {
      this.#sockets.add(end)
      end.on('error', () => end.destroy())
      end.on('close', () => {
        socket.destroy()
        onward.destroy()
      })
    }
  }
}
