import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type MetadataRequest, type MetadataResponse, TEXT_TYPE } from './respond.js'

/** What the clients may use. */
export interface ServeLimits {
  /** Bytes of the request line and the header lines. */
  readonly header: number
  /** Bytes of a request's body. */
  readonly body: number
  /** The time for one request, from its connection or the end of the request before, in ms. */
  readonly request: number
  readonly connections: number
  /** The time without any connection after which the service ends, in ms. */
  readonly idle: number
}

export const LIMITS: ServeLimits = {
  header: 8192,
  body: 1 << 20,
  request: 10_000,
  connections: 64,
  idle: 30_000,
}

export interface ServeOptions {
  readonly limits: ServeLimits
  readonly respond: (request: MetadataRequest) => MetadataResponse
  /** Writes one line about each request. */
  readonly log: (line: string) => void
  /** Called when there was no connection for the idle time. */
  readonly end: () => void
}

/** Serves connections. */
export interface Service {
  readonly accept: (socket: Socket) => void
}

/**
 * Serves HTTP on connections that another one accepts. A connection has a fixed time for each
 * request, however it spends it. Beyond the maximum number, the connection that has waited longest
 * gives way, so that silent ones keep nobody out.
 */
export function openService({ limits, respond, log, end }: ServeOptions): Service {
  /** The deadline of each connection, the longest waiting one first. */
  const deadlines = new Map<Socket, NodeJS.Timeout>()
  let ending = setTimeout(end, limits.idle)

  const forget = (socket: Socket): void => {
    clearTimeout(deadlines.get(socket))
    deadlines.delete(socket)
  }
  const wait = (socket: Socket): void => {
    forget(socket)
    deadlines.set(
      socket,
      setTimeout(() => refuse(socket, 408), limits.request),
    )
  }
  const refuse = (socket: Duplex, status: keyof typeof REASONS): void => {
    log(`- - ${status}`)
    if (socket.writable) socket.write(refusal(status))
    socket.destroy()
  }

  const http = createServer({ maxHeaderSize: limits.header }, (request, response) => {
    readBody(request, limits.body).then(
      (body) => {
        const { method = '', url: target = '' } = request
        const answer = body === null ? TOO_LARGE : respond({ method, target, body })
        const size = write(response, answer, { isLast: body === null, hasBody: method !== 'HEAD' })
        log(`${method} ${answer.subject} ${answer.status} ${size}`)
      },
      // The client has gone.
      () => undefined,
    )
    response.on('finish', () => {
      if (deadlines.has(request.socket)) wait(request.socket)
    })
  })
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuse(socket, error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400)
  })
  // Without a listener, the server closes such a connection without an answer.
  http.on('connect', (_, socket) => refuse(socket, 405))

  return {
    accept: (socket) => {
      clearTimeout(ending)
      const [longest] = deadlines.keys()
      if (longest !== undefined && deadlines.size >= limits.connections) {
        // Its event `close` comes later than the next connections.
        forget(longest)
        longest.destroy()
      }
      wait(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        forget(socket)
        if (deadlines.size > 0) return
        clearTimeout(ending)
        ending = setTimeout(end, limits.idle)
      })
      http.emit('connection', socket)
    },
  }
}

/** Reads the body of a request; null where it is too long. Errors: those of the stream. */
function readBody(request: IncomingMessage, most: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    request.on('data', (piece: Buffer) => {
      size += piece.length
      if (size > most) resolve(null)
      else pieces.push(piece)
    })
    request.on('end', () => resolve(Buffer.concat(pieces)))
    request.on('error', reject)
    request.on('close', () => reject(new Error('closed')))
  })
}

/** Writes an answer; gives the length of its body. `isLast`: the connection ends after it. */
function write(
  response: ServerResponse,
  { status, type, body, allow }: MetadataResponse,
  { isLast, hasBody }: { readonly isLast: boolean; readonly hasBody: boolean },
): number {
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(allow !== undefined && { Allow: allow }),
    ...(isLast && { Connection: 'close' }),
  })
  response.end(hasBody ? bytes : undefined)
  return bytes.length
}

const TOO_LARGE: MetadataResponse = { status: 413, type: TEXT_TYPE, body: 'the body is too large\n', subject: '-' }

/** The answers to what is not a complete request. */
const REASONS = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
} as const

const refusal = (status: keyof typeof REASONS): string =>
  `HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
