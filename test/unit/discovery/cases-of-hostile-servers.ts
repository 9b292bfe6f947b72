import { TEMPLATE, page, image, keys, status, type Case, WORKER, STORED, plain, refused } from './case.js'

/** Possible contents of servers and names that root did not choose. */
export const HOSTILE_SERVERS: readonly Case[] = [
  {
    title: 'a page that says it is an image is read all the same: what it is, is what it holds',
    pages: {
      '/reduce-worker': (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(page(image('example.com')))
      },
    },
    finds: [STORED],
  },
  {
    title: 'a page in UTF-16 is read by its byte order mark',
    pages: {
      '/reduce-worker': (_request, response) => {
        const text = Buffer.from(`\ufeff${page(image('example.com'))}`, 'utf16le')
        response.writeHead(200, { 'content-type': 'text/html' }).end(text)
      },
    },
    finds: [STORED],
  },
  {
    title: 'a page in latin1 that says so: its places are those that a browser sees',
    pages: {
      '/reduce-worker': (_request, response) => {
        const text = page(image('example.com', 'https://example.com/é/{name}.{ext}'))
        response.writeHead(200, { 'content-type': 'text/html; charset=ISO-8859-1' }).end(Buffer.from(text, 'latin1'))
      },
    },
    finds: [`https://example.com/%C3%A9/${WORKER}.aci`],
  },
  refused('a template asks for port 0', 'https://example.com:0/{name}.{ext}', 'port 0 is no port that can be asked'),
  refused(
    'a label leads out of its directory: ..',
    'https://example.com/{version}/{name}.{ext}',
    'a label would lead out of its directory',
    { labels: { version: '..' } },
  ),
  refused(
    'two labels lead out of their directory: . and .',
    'https://example.com/{version}{os}?{ext}',
    'a label would lead out of its directory',
    { labels: { version: '.', os: '.' } },
  ),
  {
    title: 'a label injects path elements, a query, a host: it stays one element',
    pages: plain(image('example.com', 'https://example.com/{version}/x.{ext}')),
    labels: { version: '../../@evil.example/?#\\' },
    finds: ['https://example.com/..%2F..%2F%40evil.example%2F%3F%23%5C/x.aci'],
  },
  {
    title: 'a label injects half a surrogate: it is still a URL',
    pages: plain(image('example.com', 'https://example.com/{version}.{ext}')),
    labels: { version: '\ud800' },
    finds: ['https://example.com/%EF%BF%BD.aci'],
  },
  {
    title: 'a label injects a variable: it is not filled in again',
    pages: plain(image('example.com', 'https://example.com/{version}.{ext}')),
    labels: { version: '{arch}' },
    finds: ['https://example.com/%7Barch%7D.aci'],
  },
  {
    title: 'a redirect steps down from https to http: it is not followed, even where http is allowed',
    pages: { '/reduce-worker': status(302, { location: 'http://example.com:PORT/plain' }) },
    client: { http: true },
    error: /redirects to http:\/\/example\.com\/plain: from https to http is not followed/,
  },
  refused('a template points at a file', 'file:///etc/{name}.{ext}', 'file: is not supported, it must be https:'),
  refused('a template points at data', 'data:text/plain,{ext}', 'data: is not supported, it must be https:'),
  refused(
    'a template steps down to http',
    'http://example.com/{name}.{ext}',
    'http: protects nobody, it must be https:',
  ),
  {
    title: 'a template may say http where that is allowed',
    pages: plain(image('example.com', 'http://example.com/{name}.{ext}')),
    insecureHTTP: true,
    finds: [`http://example.com/${WORKER}.aci`],
  },
  {
    title: 'a template holds a password: refused, and not repeated',
    pages: plain(image('example.com', 'https://me:secret@example.com/{name}.{ext}')),
    error: /template https:\/\/…@example\.com\/\{name\}\.\{ext\}: holds a user or a password/,
  },
  refused('a template that is no URL', '/{name}.{ext}', 'not a URL'),
  {
    title: 'a tag with a word too many',
    pages: plain(image('example.com', `${TEMPLATE} more`)),
    error: /tag ac-discovery "example\.com .* more": not a prefix and a URL/,
  },
  {
    title: 'a key that would come by http is not offered',
    pages: plain(image('example.com') + keys('example.com', 'http://example.com/k.gpg')),
    finds: [STORED],
    keys: [],
    failures: ['example.com/reduce-worker: key http://example.com/k.gpg: http: protects nobody, it must be https:'],
  },
  {
    title: 'a message out of a template: control characters and length do not get through',
    pages: plain(image('example.com', `x:&#27;]0;owned&#7;{ext}${'y'.repeat(5000)}`)),
    error: /template x: \]0;owned \{ext\}y{170,190}…: x: is not supported/,
  },
  {
    title: 'an HTML bomb, nested: 200,000 elements',
    pages: plain(`${'<form><svg><div>'.repeat(66_000).slice(0, 2 ** 20 - 4096)}${image('example.com')}`),
    finds: [STORED],
  },
  {
    title: 'an HTML bomb, wide: one tag with 100,000 attributes',
    pages: plain(
      `<meta ${Array.from({ length: 100_000 }, (_, index) => `a${index}`).join(' ')}>${image('example.com')}`,
    ),
    finds: [STORED],
  },
  {
    title: 'an HTML bomb, long: an attribute that fills the page',
    pages: plain(`<meta name="ac-discovery" content="example.com https://example.com/${'x'.repeat(2 ** 20)}{ext}">`),
    error: /no ac-discovery tag for example\.com\/reduce-worker in its first 1048576 bytes/,
  },
  {
    title: 'an endless page: only its beginning is read',
    pages: {
      '/reduce-worker': (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('<p>and so on\n'.repeat(5000)));
          response.once('drain', more)
        }
        more()
      },
    },
    error: /no ac-discovery tag for example\.com\/reduce-worker in its first 1048576 bytes/,
  },
  {
    title: 'an endless page, its tags in front: they count',
    pages: {
      '/reduce-worker': (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(`${page(image('example.com'))}${' '.repeat(2 ** 18)}`));
          response.once('drain', more)
        }
        more()
      },
    },
    finds: [STORED],
  },
  {
    title: 'a flood of tags: the first 64 count',
    pages: plain(image('example.net').repeat(64) + image('example.com')),
    error: /no ac-discovery tag for example\.com\/reduce-worker in its first 64 tags/,
  },
  {
    title: 'a page cut off in the middle is none',
    pages: {
      '/reduce-worker': (_request, response) => {
        response.writeHead(200, { 'content-length': 100_000 })
        response.write(page(image('example.com')), () => response.destroy())
      },
    },
    error: /reduce-worker\?…: connection broken off by the server$/,
  },
  {
    title: 'a page with an encoding nobody asked for',
    pages: { '/reduce-worker': status(200, { 'content-encoding': 'gzip' }) },
    error: /reduce-worker\?…: was sent packed \(Content-Encoding: gzip\), which was not asked for/,
  },
  {
    title: 'credentials are wanted: the hint says where they belong',
    pages: { '/reduce-worker': status(401), '/': status(401) },
    error: /credentials are needed \(status 401\)/,
  },
  {
    title: 'a host that does not exist is asked for once, not for every parent',
    name: 'nowhere.example/a/b/c',
    pages: {},
    error:
      /^nowhere\.example\/a\/b\/c: discovery found nothing: https:\/\/nowhere\.example\/a\/b\/c\?…: no such host name$/,
  },
  {
    title: 'a host the certificate is not for',
    name: 'wrong.example/a',
    pages: {},
    error: /https:\/\/wrong\.example\/a\?…: certificate of another host$/,
  },
  {
    title: 'a number that is an address in disguise is no host name',
    name: '2130706433/a',
    pages: {},
    error: /2130706433 is not a host name$/,
  },
  {
    title: 'a name of a thousand path elements is not walked',
    name: `example.com${'/a'.repeat(1000)}`,
    pages: {},
    error: /: more than 32 path elements are too many to look for$/,
    asked: [],
  },
]
