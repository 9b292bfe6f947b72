import { answer, BROKEN_OFF, closed, fails, inAllWays, NOT_HTTP, stores, type TransferCase } from './transfer-case.js'

const OF_NODE = 'Bun’s parser refuses it'
const ONE_LENGTH = 'two framings may be read in two ways, so Bun’s parser takes neither'
const length = (value: string, body = '12345'): string => answer([`Content-Length: ${value}`], body)
const chunked = (body: string, coding = 'chunked'): string => answer([`Transfer-Encoding: ${coding}`], body)
const PACKED = 'the body is packed on its way (Transfer-Encoding), which was not asked for'

/** Where a body ends. */
export const FRAMING: readonly TransferCase[] = [
  ...inAllWays('a length', length('5'), stores('12345')),
  ...inAllWays('a longer body than its length', length('5', '12345678'), stores('12345')),
  ...inAllWays('a second answer behind the first', length('5') + length('4', 'evil'), stores('12345')),
  ...inAllWays('a length of nothing', length('0', ''), stores('')),
  ...inAllWays('a length with blanks', length('  5\t '), stores('12345')),
  ...inAllWays('a length with zeros', length('005'), stores('12345')),
  closed('a body shorter than its length', length('6'), fails(BROKEN_OFF)),
  closed('no body at all', length('6', ''), fails(BROKEN_OFF)),
  ...inAllWays('a negative length', length('-5'), fails(NOT_HTTP)),
  ...inAllWays('a length with a sign', length('+5'), fails(NOT_HTTP, 'curl reads the number')),
  ...inAllWays('a length in words', length('five'), fails(NOT_HTTP)),
  ...inAllWays('a length with words', length('5 bytes'), fails(NOT_HTTP, 'curl reads the number')),
  ...inAllWays('a length in hexadecimal', length('0x5'), fails(NOT_HTTP, 'curl reads the number')),
  ...inAllWays('a length with a fraction', length('5.0'), fails(NOT_HTTP, 'curl reads the number')),
  ...inAllWays('a length beyond 64 bits', length('99999999999999999999'), fails(NOT_HTTP, 'curl ignores it')),
  ...inAllWays('the same length twice in a line', length('5, 5'), fails(NOT_HTTP, OF_NODE)),
  ...inAllWays(
    'the same length twice',
    answer(['Content-Length: 5', 'Content-Length: 5'], '12345'),
    fails(NOT_HTTP, `${OF_NODE}, under its option for lenient parsing too`),
  ),
  ...inAllWays(
    'two lengths',
    answer(['Content-Length: 5', 'Content-Length: 6'], '123456'),
    fails(NOT_HTTP, ONE_LENGTH),
  ),
  ...inAllWays(
    'a length and chunks',
    answer(['Content-Length: 3', 'Transfer-Encoding: chunked'], '5\r\n12345\r\n0\r\n\r\n'),
    fails(NOT_HTTP, ONE_LENGTH),
  ),
  ...inAllWays(
    'chunks and a length',
    answer(['Transfer-Encoding: chunked', 'Content-Length: 3'], '5\r\n12345\r\n0\r\n\r\n'),
    fails(NOT_HTTP, ONE_LENGTH),
  ),
  ...inAllWays('chunks', chunked('2\r\n12\r\n3\r\n345\r\n0\r\n\r\n'), stores('12345')),
  ...inAllWays('chunks with extensions', chunked('5;a=b;c="d"\r\n12345\r\n0\r\n\r\n'), stores('12345')),
  ...inAllWays('chunks with trailers', chunked('5\r\n12345\r\n0\r\nX-Sum: 1\r\n\r\n'), stores('12345')),
  ...inAllWays('a chunk with zeros', chunked('0005\r\n12345\r\n000\r\n\r\n'), stores('12345')),
  ...inAllWays('a chunk in letters', chunked('A\r\n1234567890\r\n0\r\n\r\n'), stores('1234567890')),
  ...inAllWays('chunks in capitals', chunked('5\r\n12345\r\n0\r\n\r\n', 'Chunked'), stores('12345')),
  ...inAllWays('no chunk but the last', chunked('0\r\n\r\n'), stores('')),
  ...inAllWays('something behind the last chunk', chunked('5\r\n12345\r\n0\r\n\r\nmore'), stores('12345')),
  closed('chunks without the last', chunked('5\r\n12345\r\n'), fails(BROKEN_OFF)),
  closed('half a chunk', chunked('5\r\n123'), fails(BROKEN_OFF)),
  ...inAllWays('a negative chunk', chunked('-5\r\n12345\r\n0\r\n\r\n'), fails(NOT_HTTP)),
  ...inAllWays('a chunk in words', chunked('zz\r\n12345\r\n0\r\n\r\n'), fails(NOT_HTTP)),
  ...inAllWays('a chunk without a size', chunked('\r\n12345\r\n0\r\n\r\n'), fails(NOT_HTTP)),
  ...inAllWays('a chunk in 0x', chunked('0x5\r\n12345\r\n0\r\n\r\n'), fails(NOT_HTTP, 'curl takes the 0 for the last')),
  ...inAllWays('a chunk beyond 64 bits', chunked('fffffffffffffffff\r\n12345\r\n0\r\n\r\n'), fails(NOT_HTTP)),
  ...inAllWays('a chunk longer than its size', chunked('5\r\n123456\r\n0\r\n\r\n'), fails(NOT_HTTP)),
  ...inAllWays('a chunk with a blank', chunked('5 \r\n12345\r\n0\r\n\r\n'), fails(NOT_HTTP, OF_NODE)),
  ...inAllWays('chunks in lines of LF', chunked('5\n12345\n0\n\n'), fails(NOT_HTTP, OF_NODE)),
  ...inAllWays('gzip on its way', chunked('\x1f\x8b345', 'gzip'), fails(PACKED, 'curl unpacks it')),
  ...inAllWays('gzip in chunks', chunked('5\r\n12345\r\n0\r\n\r\n', 'gzip, chunked'), fails(PACKED)),
  ...inAllWays(
    'chunks in chunks',
    chunked('5\r\n12345\r\n0\r\n\r\n', 'chunked, chunked'),
    fails(PACKED, 'curl undoes it once'),
  ),
  ...inAllWays('a coding nobody knows', chunked('5\r\n12345\r\n0\r\n\r\n', 'rot13, chunked'), fails(PACKED)),
  closed('no length: until the end', answer([], '12345'), stores('12345')),
  closed('identity: until the end', chunked('12345', 'identity'), stores('12345')),
  closed('identity and a length', answer(['Transfer-Encoding: identity', 'Content-Length: 5'], '12345'), {
    ...fails(NOT_HTTP, ONE_LENGTH),
  }),
  closed('HTTP/1.0: until the end', 'HTTP/1.0 200 OK\r\n\r\n12345', stores('12345')),
  closed('HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n12345', stores('12345')),
  closed(
    'HTTP/1.0 in chunks',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n',
    stores('12345', 'curl before 8 is of two minds'),
  ),
]
