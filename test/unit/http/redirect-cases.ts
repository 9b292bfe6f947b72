import type { Answer } from '../../helpers/byte-server.js'
import { answer, fails, FILE, stores, type TransferCase, type Verdict } from './transfer-case.js'

const to = (location: string, code = 302): string =>
  answer([`Location: ${location}`, 'Content-Length: 0'], '', `${code} So`)
/** The connection is kept open: a client may use it for the redirect's target. */
const moved = (bytes: string): readonly Answer[] => [{ bytes, then: 'stay' }]
const GOOD = [{ bytes: FILE }]

const redirect = (title: string, bytes: string, verdict: Verdict, b = 'b'): TransferCase => ({
  title: `a redirect ${title}`,
  answers: { a: moved(bytes), [b]: GOOD },
  ...verdict,
})

const leads = (location: string, b = 'b', unlikeCurl?: string): TransferCase =>
  redirect(`to ${JSON.stringify(location)}`, to(location), stores('12345', unlikeCurl), b)

const refused = (location: string, message: string | RegExp, unlikeCurl?: string): TransferCase =>
  redirect(`to ${JSON.stringify(location)}`, to(location), {
    ...fails(message, unlikeCurl, 'INSECURE_URL'),
    asked: 1,
  })

const chain = (length: number): TransferCase['answers'] => ({
  a: moved(to('c1')),
  ...Object.fromEntries(
    Array.from({ length }, (_, index) => [`c${index + 1}`, moved(index + 1 === length ? FILE : to(`c${index + 2}`))]),
  ),
})

export const REDIRECTS: readonly TransferCase[] = [
  ...[301, 302, 303, 307, 308].map((code) => redirect(`by ${code}`, to('b', code), stores('12345'))),
  leads('b'),
  leads('./b'),
  leads('../DIR/b'),
  leads('/DIR/b'),
  leads('//HOST/DIR/b'),
  leads('HERE/b'),
  leads('HTTP://HOST/DIR/b'),
  leads('b?x=1&y=2'),
  leads('b#part'),
  leads('x/../b'),
  leads('b%20c', 'b%20c'),
  leads('b c', 'b%20c'),
  leads('\xc3\xbc', '%C3%BC', 'curl sends the bytes themselves, or encodes them'),
  leads('\xfc', '%FC', 'curl sends the byte itself, or encodes it'),
  leads('%c3%bc', '%c3%bc'),
  leads('..\\DIR\\b', 'b', 'the web’s rules take a backslash for a slash'),
  leads('  b  '),
  redirect('to nowhere', answer(['Content-Length: 0'], '', '302 So'), {
    ...fails('the server redirects without saying where to', 'curl takes its page'),
    asked: 1,
  }),
  redirect('to nothing', to(''), fails(/^redirects in a circle/, 'curl takes its page')),
  redirect('to itself', to('a'), fails(/^redirects in a circle, by http:.*\/a$/)),
  redirect('to a host that is none', to('http://[::x]/'), fails('the server redirects to what is no URL')),
  redirect('to a port that is none', to('http://127.0.0.1:99999/'), fails('the server redirects to what is no URL')),
  refused('http://127.0.0.1:0/DIR/b', 'port 0 is no port that can be asked'),
  refused('ftp://HOST/b', /^redirects to ftp:.*: only https: and http: are followed$/),
  refused('file:///etc/hostname', /: only https: and http: are followed$/),
  refused('data:text/plain,12345', /: only https: and http: are followed$/),
  refused('javascript:0', /: only https: and http: are followed$/),
  refused('gopher://HOST/b', /: only https: and http: are followed$/),
  refused('http://me@HOST/DIR/b', /: a URL must not hold a user or a password$/, 'curl sends it on'),
  refused('http://me:secret@HOST/DIR/b', /^redirects to http:\/\/127[^@]*: a URL must not hold/, 'curl sends it on'),
  redirect('with a page', answer(['Location: b', 'Content-Length: 5'], 'moved', '302 So'), stores('12345')),
  redirect('with half a page', answer(['Location: b', 'Content-Length: 9'], 'moved', '302 So'), {
    ...stores('12345', 'curl waits for the page'),
  }),
  redirect('with a page in broken chunks', answer(['Location: b', 'Transfer-Encoding: chunked'], 'zz', '302 So'), {
    ...stores('12345', 'curl reads the page'),
  }),
  redirect('that says two places', answer(['Location: b', 'Location: c', 'Content-Length: 0'], '', '302 So'), {
    ...stores('12345', 'curl takes one of them'),
  }),
  redirect('with something behind it', `${to('b')}more`, stores('12345')),
  { title: 'ten redirects', answers: chain(10), ...stores('12345') },
  { title: 'eleven redirects', answers: chain(11), ...fails('more than 10 redirects') },
  {
    title: 'a circle of two',
    answers: { a: moved(to('b')), b: moved(to('a')) },
    ...fails(/^redirects in a circle, by/),
  },
  { title: 'a redirect to what is not there', answers: { a: moved(to('x')) }, ...fails('not found (status 404)') },
]
