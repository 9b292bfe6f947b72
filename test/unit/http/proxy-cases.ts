import type { Environment } from '../../../stage0/http/proxy.js'

/** `https_proxy=p:3128` is the same as `{ https_proxy: 'p:3128' }`; a blank stands between two. */
export interface ProxyCase {
  readonly url: string
  readonly environment: Environment
  /** The expected proxy URL; none: a direct connection; or the error message. */
  readonly expected: string | undefined | RegExp
  /** Why the installed curl may interpret it differently. */
  readonly unlikeCurl?: string
}

const PLAIN = 'http://example.com/'
const SECURE = 'https://example.com/'
const PROXY = 'http://p:3128'

const row = (
  url: string,
  environment: Environment,
  expected: ProxyCase['expected'],
  unlikeCurl?: string,
): ProxyCase => ({ url, environment, expected, ...(unlikeCurl !== undefined && { unlikeCurl }) })

/** Which variable is used. */
const variables: readonly ProxyCase[] = [
  row(PLAIN, {}, undefined),
  row(SECURE, {}, undefined),
  row(PLAIN, { http_proxy: PROXY }, PROXY),
  row(PLAIN, { HTTP_PROXY: PROXY }, undefined),
  row(PLAIN, { https_proxy: PROXY, HTTPS_PROXY: PROXY }, undefined),
  row(PLAIN, { all_proxy: PROXY }, PROXY),
  row(PLAIN, { ALL_PROXY: PROXY }, PROXY),
  row(PLAIN, { http_proxy: PROXY, all_proxy: 'http://q:1' }, PROXY),
  row(PLAIN, { all_proxy: PROXY, ALL_PROXY: 'http://q:1' }, PROXY),
  row(PLAIN, { HTTP_PROXY: 'http://q:1', ALL_PROXY: PROXY }, PROXY),
  row(SECURE, { https_proxy: PROXY }, PROXY),
  row(SECURE, { HTTPS_PROXY: PROXY }, PROXY),
  row(SECURE, { https_proxy: PROXY, HTTPS_PROXY: 'http://q:1' }, PROXY),
  row(SECURE, { http_proxy: PROXY, HTTP_PROXY: PROXY }, undefined),
  row(SECURE, { all_proxy: PROXY }, PROXY),
  row(SECURE, { ALL_PROXY: PROXY }, PROXY),
  row(SECURE, { HTTPS_PROXY: PROXY, all_proxy: 'http://q:1' }, PROXY),
  row(SECURE, { https_proxy: '' }, undefined),
  row(SECURE, { https_proxy: '', HTTPS_PROXY: PROXY }, PROXY),
  row(SECURE, { https_proxy: '', HTTPS_PROXY: '', all_proxy: '', ALL_PROXY: PROXY }, PROXY),
]

/** The forms of its value. */
const value = (text: string, expected: ProxyCase['expected'], unlikeCurl?: string): ProxyCase =>
  row(SECURE, { https_proxy: text }, expected, unlikeCurl)
const OUR_RULE = 'curl tries it'
const values: readonly ProxyCase[] = [
  value('p:3128', PROXY),
  value('p', 'http://p:1080'),
  value('http://p', 'http://p:1080'),
  value('https://p', 'https://p:443'),
  value('https://p:8443', 'https://p:8443'),
  value('HTTP://P:3128', PROXY),
  value('http:/p:3128', PROXY),
  value('http://p:80', 'http://p:80'),
  value('p:80', 'http://p:80'),
  value('http://p:3128/', PROXY),
  value('http://p:3128/path?query#fragment', PROXY),
  value('p:3128/path', PROXY),
  value('127.0.0.1:3128', 'http://127.0.0.1:3128'),
  value('[::1]:3128', 'http://[::1]:3128'),
  value('http://[::1]', 'http://[::1]:1080'),
  value('http://user:word@p:3128', 'http://user:word@p:3128'),
  value('user:word@p:3128', 'http://user:word@p:3128'),
  value('user@p:3128', 'http://user:@p:3128'),
  value('us%20er:w%40rd@p:3128', 'http://us%20er:w%40rd@p:3128'),
  value('user:w:r:d@p:3128', 'http://user:w%3Ar%3Ad@p:3128'),
  value('user:100%@p:3128', 'http://user:100%25@p:3128'),
  value('http://user:w@rd@p:3128', /^https_proxy is no address of a proxy$/),
  value('socks://p:1080', /^https_proxy names a SOCKS proxy \(socks:\/\/\), which appc cannot use$/, OUR_RULE),
  value('socks4://p:1080', /^https_proxy names a SOCKS proxy/, OUR_RULE),
  value('socks4a://p:1080', /^https_proxy names a SOCKS proxy/, OUR_RULE),
  value('socks5://p:1080', /^https_proxy names a SOCKS proxy/, OUR_RULE),
  value('SOCKS5H://user:word@p:1080', /^https_proxy names a SOCKS proxy/, OUR_RULE),
  value('ftp://p:1', /^https_proxy names a proxy of another kind \(ftp:\/\/\) than http:\/\/ and https:\/\/$/),
  value('http://', /^https_proxy is no address of a proxy$/),
  value('http:///', /^https_proxy is no address of a proxy$/),
  value('//p:3128', /^https_proxy is no address of a proxy$/),
  value(' p:3128', /^https_proxy is no address of a proxy$/),
  value('p :3128', /^https_proxy is no address of a proxy$/),
  value('http://[', /^https_proxy is no address of a proxy$/),
  value('::1', /^https_proxy is no address of a proxy$/),
  value('p:port', /^https_proxy is no address of a proxy$/),
  value('p:3128:1', /^https_proxy is no address of a proxy$/),
  value('user:word@', /^https_proxy is no address of a proxy$/),
  value('p:99999', /^https_proxy names no port from 1 to 65535$/),
  value('p:0', /^https_proxy names no port from 1 to 65535$/, OUR_RULE),
  row(SECURE, { ALL_PROXY: 'socks5://p:1080' }, /^ALL_PROXY names a SOCKS proxy/, OUR_RULE),
  row(PLAIN, { http_proxy: 'socks5://p:1080' }, /^http_proxy names a SOCKS proxy/, OUR_RULE),
]

/** The hosts that no_proxy excepts. */
const excepted = (list: string, host: string, unlikeCurl?: string): ProxyCase =>
  row(`http://${host}/`, { http_proxy: PROXY, no_proxy: list }, undefined, unlikeCurl)
const proxied = (list: string, host: string, unlikeCurl?: string): ProxyCase =>
  row(`http://${host}/`, { http_proxy: PROXY, no_proxy: list }, PROXY, unlikeCurl)
const NEWER = 'curl before 8 does not know networks of IPv6'
const exceptions: readonly ProxyCase[] = [
  ...['example.com', '.example.com', 'EXAMPLE.com', 'example.com.', 'com', '.com', '*'].map((list) =>
    excepted(list, 'example.com'),
  ),
  ...['x, example.com', 'x example.com', 'x,,example.com', ' example.com ', 'x\texample.com'].map((list) =>
    excepted(list, 'example.com'),
  ),
  ...['..example.com', '*.example.com', '*,x', 'x,*', 'example.com:80', 'www.example.com', 'ample.com'].map((list) =>
    proxied(list, 'example.com'),
  ),
  ...['http://example.com', '', ',', 'x;example.com', 'x\nexample.com'].map((list) => proxied(list, 'example.com')),
  ...['example.com', '.example.com'].flatMap((list) => [
    excepted(list, 'www.example.com'),
    proxied(list, 'notexample.com'),
  ]),
  excepted('example.com', 'example.com.'),
  excepted('example.com', 'example.com:8080'),
  proxied('example.com:8080', 'example.com:8080'),
  ...['127.0.0.9', '127.0.0.0/8', '127.0.0.9/32', '127.0.0.8/31', '127.0.0.9/', '127.0.0.9/x'].map((list) =>
    excepted(list, '127.0.0.9'),
  ),
  ...['127.0.0.0/0', '127.0.0.9/33', '10.0.0.0/8', '127.', '.9', '127.0.0', '127.0.0.9:80'].map((list) =>
    proxied(list, '127.0.0.9'),
  ),
  ...['127.0.0.0/-8', '9', '0.9', '::/0', '127.0.0.0/ 8'].map((list) => proxied(list, '127.0.0.9')),
  excepted('::1', '[::1]'),
  ...['[::1]', '0:0:0:0:0:0:0:1', '::1/128', '::/127', '::/64'].map((list) => excepted(list, '[::1]', NEWER)),
  ...['::2', '::2/127', '::1/129', 'fe80::/10', '127.0.0.1'].map((list) => proxied(list, '[::1]')),
  excepted('localhost', 'localhost'),
  proxied('127.0.0.1', 'localhost'),
  row(PLAIN, { http_proxy: PROXY, NO_PROXY: 'example.com' }, undefined),
  row(PLAIN, { http_proxy: PROXY, NO_PROXY: 'example.com', no_proxy: 'x' }, PROXY),
  row(PLAIN, { http_proxy: PROXY, NO_PROXY: 'example.com', no_proxy: '' }, undefined),
  row(SECURE, { https_proxy: PROXY, no_proxy: 'example.com' }, undefined),
  row(SECURE, { ALL_PROXY: PROXY, no_proxy: 'example.com' }, undefined),
  row(PLAIN, { http_proxy: 'socks5://p:1', no_proxy: 'example.com' }, undefined),
  row(PLAIN, { http_proxy: ' ', no_proxy: '*' }, undefined),
]

export const PROXY_CASES: readonly ProxyCase[] = [...variables, ...values, ...exceptions]

/** For the name of a test. */
export const caseName = ({ url, environment }: ProxyCase): string =>
  [url, ...Object.entries(environment).map(([name, text]) => `${name}=${JSON.stringify(text)}`)].join(' ')
