import { answer, closed, fails, FILE, stores, type TransferCase, type Verdict } from './transfer-case.js'

const ONLY_200 = 'curl takes whatever is below 400'

const status = (code: number, verdict: Verdict, lines: readonly string[] = ['Content-Length: 5']): TransferCase =>
  closed(
    `status ${code}${lines.length > 1 ? ` with ${lines.at(-1)}` : ''}`,
    answer(lines, '12345', `${code} So`),
    verdict,
  )

const words = (code: number, text: string, unlikeCurl?: string): TransferCase =>
  status(code, { ...fails(`${text} (status ${code})`, unlikeCurl), asked: 1 })

/** A temporary failure of the server: there are three more attempts. */
const trouble = (code: number, text: string): TransferCase =>
  status(code, { ...fails(`${text} (status ${code})`), asked: 4 })

const NO_FIT = 'an answer that does not fit'

export const STATUSES: readonly TransferCase[] = [
  status(200, { ...stores('12345'), asked: 1 }),
  ...[201, 203, 204, 205, 207, 226, 299, 300, 304, 305, 306, 399].map((code) => words(code, NO_FIT, ONLY_200)),
  ...[301, 302, 303, 307, 308].map((code) =>
    status(code, fails('the server redirects without saying where to', 'curl takes its page')),
  ),
  ...[300, 304, 305, 306, 399].map((code) =>
    status(code, fails(`${NO_FIT} (status ${code})`, 'curl follows every status from 300 to 399'), [
      'Content-Length: 5',
      'Location: b',
    ]),
  ),
  words(400, 'the server does not understand the request'),
  words(401, 'credentials are needed'),
  words(403, 'access is denied'),
  words(404, 'not found'),
  words(407, 'the proxy wants credentials'),
  words(410, 'gone for good'),
  ...[402, 405, 409, 411, 413, 414, 416, 418, 421, 423, 425, 426, 431, 451, 499].map((code) =>
    words(code, 'the server refused'),
  ),
  trouble(408, 'the server timed out'),
  trouble(429, 'too many requests'),
  trouble(500, 'the server failed'),
  trouble(502, 'the server behind the gateway failed'),
  trouble(503, 'the server is not available'),
  trouble(504, 'the server behind the gateway timed out'),
  words(501, 'the server cannot do that'),
  ...[505, 507, 511, 520, 599, 600, 999].map((code) => words(code, 'the server failed')),
]

const NO_RETRY = 'curl is not told to try again'
const again = (title: string, bad: string, then?: 'reset'): TransferCase => ({
  title: `${title}, then the file`,
  answers: { a: [{ bytes: bad, ...(then && { then }) }, { bytes: FILE }] },
  stored: '12345',
  asked: 2,
  unlikeCurl: NO_RETRY,
})
const never = (title: string, bad: string, message: string, then?: 'reset'): TransferCase => ({
  ...closed(`${title}, for ever`, bad, { ...fails(message), asked: 4 }),
  answers: { a: [{ bytes: bad, ...(then && { then }) }] },
})
const BROKEN_OFF = 'connection broken off by the server'
const HALF = answer(['Content-Length: 5'], '123')

export const TROUBLE: readonly TransferCase[] = [
  ...[408, 429, 500, 502, 503, 504].map((code) => again(`status ${code}`, answer([], '', `${code} So`))),
  again('status 503 with Retry-After: 0', answer(['Retry-After: 0'], '', '503 So')),
  closed('status 503 that asks for more patience than there is', answer(['Retry-After: 61'], '', '503 So'), {
    ...fails('the server is not available (status 503)'),
    asked: 1,
  }),
  again('nothing', ''),
  again('half a header', 'HTTP/1.1 200 OK\r\nContent-Le'),
  again('half a body', HALF),
  again('half a chunk', answer(['Transfer-Encoding: chunked'], '5\r\n123')),
  again('a reset', '', 'reset'),
  again('a reset in the header', 'HTTP/1.1 200 OK\r\nContent-Le', 'reset'),
  again('a reset in the body', HALF, 'reset'),
  never('nothing', '', BROKEN_OFF),
  never('half a body', HALF, BROKEN_OFF),
  never('a reset', '', BROKEN_OFF, 'reset'),
  never('a reset in the header', 'HTTP/1.1 200 OK\r\nContent-Le', BROKEN_OFF, 'reset'),
  never('a reset in the body', HALF, BROKEN_OFF, 'reset'),
]
