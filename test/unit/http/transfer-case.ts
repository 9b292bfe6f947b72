import type { Code } from '#schema/errors.js'
import type { Answer } from '../../helpers/byte-server.js'

/** One situation: the exact bytes of a server, and the expected result. */
export interface TransferCase {
  readonly title: string
  /**
   * The responses of each path, in order; the last one is repeated. The requested file is `a`. In
   * the bytes, `HERE` is the URL of the directory, `HOST` its host and port, `DIR` its path.
   */
  readonly answers: Readonly<Record<string, readonly Answer[]>>
  /** The bytes that are stored; without it the transfer fails. */
  readonly stored?: string
  readonly code?: Code
  /** The error message after the URL. */
  readonly message?: string | RegExp
  /** Number of requests for `a`. */
  readonly asked?: number
  /** Why curl's verdict may differ. */
  readonly unlikeCurl?: string
}

export type Verdict = Pick<TransferCase, 'stored' | 'code' | 'message' | 'asked' | 'unlikeCurl'>

export const stores = (stored: string, unlikeCurl?: string): Verdict => ({
  stored,
  ...(unlikeCurl !== undefined && { unlikeCurl }),
})

export const fails = (message: string | RegExp, unlikeCurl?: string, code: Code = 'DOWNLOAD_FAILED'): Verdict => ({
  code,
  message,
  ...(unlikeCurl !== undefined && { unlikeCurl }),
})

export const NOT_HTTP = 'the answer is not HTTP'
export const BROKEN_OFF = 'connection broken off by the server'

/** A header with its lines, and a body. */
export const answer = (lines: readonly string[], body = '', status = '200 OK'): string =>
  [`HTTP/1.1 ${status}`, ...lines, '', body].join('\r\n')

export const FILE = answer(['Content-Length: 5'], '12345')

/**
 * All bytes at once and the connection closed; at once and kept open; each byte alone. The result
 * is the same.
 */
const WAYS: Readonly<Record<string, Omit<Answer, 'bytes'>>> = {
  'at once': {},
  'at once, kept open': { then: 'stay' },
  'byte by byte': { byByte: true },
}

/** A row for each way to send the same bytes. */
export function inAllWays(title: string, bytes: string, verdict: Verdict): readonly TransferCase[] {
  return Object.entries(WAYS).map(([way, how]) => ({
    title: `${title} (${way})`,
    answers: { a: [{ bytes, ...how }] },
    ...verdict,
  }))
}

/** A row for bytes after which the server closes. */
export const closed = (title: string, bytes: string, verdict: Verdict): TransferCase => ({
  title,
  answers: { a: [{ bytes }] },
  ...verdict,
})
