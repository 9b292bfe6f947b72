import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PageDecoder } from '../../../stage0/discovery/charset.js'

const TEXT = '<p>é</p>'

const utf16 = (text: string, bigEndian = false): Buffer => {
  const bytes = Buffer.from(text, 'utf16le')
  return bigEndian ? bytes.swap16() : bytes
}
const utf8 = (text: string): Buffer => Buffer.from(text)
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const bytes = (...pieces: readonly (Buffer | readonly number[])[]): Buffer =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece)))

interface Page {
  readonly title: string
  readonly type?: string
  readonly page: Buffer
  readonly text: string
}

const page = (title: string, page: Buffer, text: string, type?: string): Page => ({
  title,
  page,
  text,
  ...(type !== undefined && { type }),
})

const meta = (attributes: string): string => `<meta ${attributes}>${TEXT}`
const inMeta = (title: string, attributes: string, encode: (text: string) => Buffer, text = meta(attributes)): Page =>
  page(title, encode(meta(attributes)), text)
const garbled = (text: string): string => text.replace('é', '\u00c3\u00a9')
const broken = (text: string): string => text.replace('é', '\ufffd')

/** By the HTML standard's rules, except that the default is UTF-8. */
const PAGES: readonly Page[] = [
  page('nothing is said: UTF-8', utf8(TEXT), TEXT),
  page('nothing is said, and it is not UTF-8', latin1(TEXT), broken(TEXT)),
  page('a byte order mark of UTF-8', bytes([0xef, 0xbb, 0xbf], utf8(TEXT)), TEXT),
  page('a byte order mark of UTF-16', bytes([0xff, 0xfe], utf16(TEXT)), TEXT),
  page('a byte order mark of UTF-16, the other way', bytes([0xfe, 0xff], utf16(TEXT, true)), TEXT),
  page(
    'the mark counts more than the header',
    bytes([0xef, 0xbb, 0xbf], utf8(TEXT)),
    TEXT,
    'text/html; charset=latin1',
  ),
  page(
    'the mark of UTF-16 counts more than the header',
    bytes([0xff, 0xfe], utf16(TEXT)),
    TEXT,
    'text/html;charset=utf-8',
  ),
  page('the header says UTF-8', utf8(TEXT), TEXT, 'text/html; charset=utf-8'),
  page('the header says UTF-16', utf16(TEXT), TEXT, 'text/html; charset=utf-16'),
  page('the header says UTF-16LE', utf16(TEXT), TEXT, 'text/html; charset=utf-16le'),
  page('the header says UTF-16BE', utf16(TEXT, true), TEXT, 'text/html; charset=UTF-16BE'),
  page('the header says ISO-8859-1', latin1(TEXT), TEXT, 'text/html; charset=ISO-8859-1'),
  page('the header says windows-1252', latin1(TEXT), TEXT, 'text/html;charset=windows-1252'),
  page('the header says it in quotes', latin1(TEXT), TEXT, 'text/html; charset="latin1"'),
  page('the header says it in single quotes', latin1(TEXT), TEXT, "text/html; charset='latin1'"),
  page('the header says it with blanks', latin1(TEXT), TEXT, 'text/html ; charset = latin1 ; x=y'),
  page('the header says KOI8-R', bytes(utf8('<p>'), [0xc4, 0xc1]), '<p>да', 'text/html; charset=koi8-r'),
  page('the header says Shift_JIS', bytes(utf8('<p>'), [0x93, 0xfa]), '<p>日', 'text/html; charset=shift_jis'),
  page('the header says GBK', bytes(utf8('<p>'), [0xc8, 0xd5]), '<p>日', 'text/html; charset=gbk'),
  page('the header says what nobody knows', utf8(TEXT), TEXT, 'text/html; charset=nonsense'),
  page('the header says nothing', utf8(TEXT), TEXT, 'text/html; charset='),
  page(
    'the header counts more than the page',
    utf8(meta('charset=latin1')),
    meta('charset=latin1'),
    'a/b; charset=utf-8',
  ),
  inMeta('the page says latin1', 'charset=latin1', latin1),
  inMeta('the page says latin1 in quotes', 'charset="latin1"', latin1),
  inMeta('the page says it in capitals', 'CHARSET=LATIN1', latin1),
  inMeta('the page says it with blanks', 'charset=" latin1 "', latin1),
  inMeta('the page says it as a header', 'http-equiv="Content-Type" content="text/html; charset=latin1"', latin1),
  inMeta(
    'the page says it as a header, the other way round',
    'content="x;charset=latin1" http-equiv=content-type',
    latin1,
  ),
  inMeta('of another header it says nothing', 'http-equiv="X" content="text/html; charset=latin1"', utf8),
  inMeta('of a name it says nothing', 'name="charset" content="latin1"', utf8),
  inMeta('the page says UTF-8, and is not', 'charset=utf-8', latin1, broken(meta('charset=utf-8'))),
  inMeta('the page says latin1, and is not', 'charset=latin1', utf8, garbled(meta('charset=latin1'))),
  inMeta('the page says UTF-16, which it cannot be', 'charset=utf-16', utf8),
  inMeta('the page says what nobody knows', 'charset=nonsense', utf8),
  page(
    'the first that is known counts',
    latin1(meta('charset=x>\n<meta charset=latin1')),
    meta('charset=x>\n<meta charset=latin1'),
  ),
  page(
    'what a comment says does not count',
    utf8(`<!-- <meta charset=latin1> -->${TEXT}`),
    `<!-- <meta charset=latin1> -->${TEXT}`,
  ),
  page(
    'what the page says beyond its first kilobyte does not count',
    utf8(`${' '.repeat(1024)}${meta('charset=latin1')}`),
    `${' '.repeat(1024)}${meta('charset=latin1')}`,
  ),
  page(
    'what it says just within does',
    latin1(`${' '.repeat(990)}${meta('charset=latin1')}`),
    `${' '.repeat(990)}${meta('charset=latin1')}`,
  ),
  page('an empty page', Buffer.alloc(0), ''),
  page('half a character at the end', bytes(utf8('<p>'), [0xc3]), '<p>\ufffd'),
]

for (const { title, type, page, text } of PAGES) {
  test(`${title}: the same text, in whatever pieces it comes`, () => {
    for (const size of [1, 3, 1000, 100_000]) {
      const decoder = new PageDecoder(type)
      let read = ''
      for (let at = 0; at < page.length; at += size) read += decoder.decode(page.subarray(at, at + size))
      assert.equal(read + decoder.end(), text)
    }
  })
}
