import {
  answer,
  BROKEN_OFF,
  closed,
  fails,
  FILE,
  inAllWays,
  NOT_HTTP,
  stores,
  type TransferCase,
} from './transfer-case.js'

const LENIENT =
  'Bun’s parser refuses it; its lenient mode would take it, but two framings and NUL bytes too, which may be read in two ways'
const TOO_LONG = fails("the answer's header is too long", 'curl has other bounds', 'DOWNLOAD_LIMIT')
const with5 = (...lines: readonly string[]): string => answer([...lines, 'Content-Length: 5'], '12345')
const started = (line: string): string => `${line}\r\nContent-Length: 5\r\n\r\n12345`
const SWITCHES = 'the server switches to another protocol (status 101), which was not asked for'
const NO_FIT = 'an answer that does not fit (status 101)'
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'

const STARTS: readonly TransferCase[] = [
  ...inAllWays('no reason', started('HTTP/1.1 200'), stores('12345')),
  ...inAllWays('an empty reason', started('HTTP/1.1 200 '), stores('12345')),
  ...inAllWays('a reason in UTF-8', started('HTTP/1.1 200 \xc3\x9cber'), stores('12345')),
  ...inAllWays('a long reason', started(`HTTP/1.1 200 ${'x'.repeat(10_000)}`), stores('12345')),
  closed('HTTP/2.0 in words', started('HTTP/2.0 200 OK'), stores('12345', 'curl takes it for HTTP/2 or not')),
  closed('HTTP/9.9', started('HTTP/9.9 200 OK'), fails(NOT_HTTP)),
  closed('HTTP/1.1 in small letters', started('http/1.1 200 OK'), fails(NOT_HTTP, 'curl takes it')),
  closed('HTTP/0.9', '12345', fails(NOT_HTTP)),
  closed('another protocol', started('RTSP/1.0 200 OK'), stores('12345', 'Bun’s parser speaks it, too')),
  closed('the greeting of a mail server', '220 mail.example ESMTP\r\n', fails(NOT_HTTP)),
  closed('the greeting of an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n', fails(NOT_HTTP)),
  closed('an alert of TLS', '\x15\x03\x01\x00\x02\x02\x46', fails(NOT_HTTP)),
  closed('a status of four digits', started('HTTP/1.1 2000 OK'), fails(NOT_HTTP, 'curl 8 reads three of them')),
  closed('a status of two digits', started('HTTP/1.1 20 OK'), fails(NOT_HTTP)),
  closed('a status in words', started('HTTP/1.1 ok OK'), fails(NOT_HTTP)),
  closed('a line before the first', `\r\n${FILE}`, stores('12345', 'curl takes it for HTTP/0.9')),
  closed('a blank before the first', ` ${FILE}`, fails(NOT_HTTP)),
  closed('nothing', '', fails(BROKEN_OFF)),
  closed('half a header', 'HTTP/1.1 200 OK\r\nContent-Le', fails(BROKEN_OFF, 'curl takes it for a whole one')),
  ...inAllWays('100 before it', CONTINUE + FILE, stores('12345')),
  ...inAllWays('103 before it', HINTS + FILE, stores('12345')),
  ...inAllWays('many of 1xx before it', HINTS.repeat(20) + FILE, stores('12345')),
  closed('100 and nothing more', CONTINUE, fails(BROKEN_OFF)),
  ...inAllWays('101', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', fails(SWITCHES)),
  ...inAllWays('101 that says nothing of an upgrade', 'HTTP/1.1 101 Switching\r\n\r\n', fails(NO_FIT)),
  ...inAllWays('101 and an answer', `HTTP/1.1 101 Switching\r\n\r\n${FILE}`, fails(NO_FIT, 'curl reads on')),
]

const LINES: readonly TransferCase[] = [
  ...inAllWays('no blank after a colon', answer(['Content-Length:5'], '12345'), stores('12345')),
  ...inAllWays('names in capitals', answer(['CONTENT-LENGTH: 5'], '12345'), stores('12345')),
  ...inAllWays('an empty value', with5('X:'), stores('12345')),
  ...inAllWays('a value of bytes', with5('X: \xff\xfe\x80'), stores('12345')),
  ...inAllWays('a line that is folded', with5('X: a', '  b'), fails(NOT_HTTP, LENIENT)),
  ...inAllWays('a line that is folded by a tab', with5('X: a', '\tb'), fails(NOT_HTTP, LENIENT)),
  ...inAllWays('a length that is folded', answer(['Content-Length:', ' 5'], '12345'), fails(NOT_HTTP, LENIENT)),
  ...inAllWays('a blank before the colon', answer(['Content-Length : 5'], '12345'), fails(NOT_HTTP, LENIENT)),
  ...inAllWays('a line without a colon', with5('nothing'), fails(NOT_HTTP, 'curl 7 passes over it')),
  ...inAllWays('a line without a name', with5(': x'), fails(NOT_HTTP, 'curl passes over it')),
  ...inAllWays('a name that is none', with5('X(Y): z'), fails(NOT_HTTP, 'curl passes over it')),
  ...inAllWays('NUL in a value', with5('X: a\0b'), fails(NOT_HTTP)),
  ...inAllWays('CR in a value', with5('X: a\rb'), fails(NOT_HTTP, 'curl takes it')),
  ...inAllWays('lines that end by LF', 'HTTP/1.1 200 OK\nContent-Length: 5\n\n12345', fails(NOT_HTTP, LENIENT)),
  closed('300 lines', with5(...Array.from({ length: 300 }, (_, index) => `X-${index}: y`)), stores('12345')),
  ...[15, 30, 60].map((size) =>
    closed(`a header of ${size} KB`, with5(`X: ${'x'.repeat(size * 1000)}`), stores('12345')),
  ),
  closed('a header of 60 KB in many lines', with5(...Array.from({ length: 60 }, () => `X: ${'x'.repeat(900)}`)), {
    ...stores('12345'),
  }),
  closed('a header of 70 KB', with5(`X: ${'x'.repeat(70_000)}`), TOO_LONG),
  closed('a header without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}`, TOO_LONG),
  ...['gzip', 'x-gzip', 'br', 'deflate', 'zstd', 'identity', 'aws-chunked', 'nonsense'].map((coding) =>
    closed(`Content-Encoding: ${coding}: the bytes as they were sent`, with5(`Content-Encoding: ${coding}`), {
      ...stores('12345'),
    }),
  ),
]

export const HEADERS: readonly TransferCase[] = [...STARTS, ...LINES]
