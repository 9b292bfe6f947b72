import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ConfigDirs } from '../../../stage0/config/config-dirs.js'
import { loadConfig } from '../../../stage0/config/config.js'
import { temporaryDirectory } from '../../helpers/data-dir.js'

/** Writes files below a fresh directory with the levels system, local and user. */
function configured(t: TestContext, files: Readonly<Record<string, unknown>>): Required<ConfigDirs> {
  const root = temporaryDirectory(t)
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return { system: join(root, 'system'), local: join(root, 'local'), user: join(root, 'user') }
}

const basic = (domains: unknown, user: unknown = 'alice', password: unknown = 'opensesame'): object => ({
  rktKind: 'auth',
  rktVersion: 'v1',
  domains,
  type: 'basic',
  credentials: { user, password },
})

const oauth = (domains: unknown, token: unknown = 'tok-1234'): object => ({
  appcKind: 'auth',
  appcVersion: 'v1',
  domains,
  type: 'oauth',
  credentials: { token },
})

const BASIC = `Basic ${Buffer.from('alice:opensesame').toString('base64')}`

test('no configuration at all is a configuration', (t) => {
  const dirs = configured(t, {})
  const config = loadConfig(dirs)
  assert.equal(config.dataDir, undefined)
  assert.equal(config.requireSignature, false)
  assert.equal(config.authorization(new URL('https://example.com/')), undefined)
  assert.deepEqual(config.dirs, dirs)
})

test('SPEC D8: credentials are for https, for the very host and port they are configured for', (t) => {
  const { authorization } = loadConfig(
    configured(t, {
      'local/auth.d/basic.json': basic(['example.com', 'Other.Example:8443', 'plain.example:443', '[::1]:8443']),
      'local/auth.d/bearer.json': oauth(['tokens.example']),
    }),
  )
  const cases: readonly (readonly [url: string, header: string | undefined])[] = [
    ['https://example.com/app.aci', BASIC],
    ['https://EXAMPLE.com/app.aci', BASIC],
    ['https://example.com:443/', BASIC],
    ['https://other.example:8443/', BASIC],
    ['https://plain.example/', BASIC],
    ['https://[::1]:8443/', BASIC],
    ['https://tokens.example/x', 'Bearer tok-1234'],
    ['http://example.com/app.aci', undefined],
    ['http://example.com:443/', undefined],
    ['https://example.com:8443/', undefined],
    ['https://other.example/', undefined],
    ['https://sub.example.com/', undefined],
    ['https://notexample.com/', undefined],
    ['https://example.com.evil.example/', undefined],
    ['https://example.com./', undefined],
    ['https://evil.example/?https://example.com/', undefined],
    ['https://example.com@evil.example/', undefined],
    ['file:///example.com', undefined],
  ]
  for (const [url, header] of cases) assert.equal(authorization(new URL(url)), header, url)
})

test('a later level overrides an earlier one, domain by domain and field by field', (t) => {
  const config = loadConfig(
    configured(t, {
      'system/auth.d/a.json': basic(['one.example', 'two.example', 'three.example']),
      'local/auth.d/a.json': oauth(['two.example'], 'local'),
      'user/auth.d/a.json': oauth(['three.example'], 'user'),
      'system/paths.d/a.json': { rktKind: 'paths', rktVersion: 'v1', data: '/one', 'stage1-images': '/ignored' },
      'local/paths.d/a.json': { appcKind: 'paths', appcVersion: 'v1', data: '/two' },
      'system/images.d/a.json': { appcKind: 'images', appcVersion: 'v1', requireSignature: true },
      'local/images.d/a.json': { appcKind: 'images', appcVersion: 'v1' },
    }),
  )
  assert.equal(config.authorization(new URL('https://one.example')), BASIC)
  assert.equal(config.authorization(new URL('https://two.example')), 'Bearer local')
  assert.equal(config.authorization(new URL('https://three.example')), 'Bearer user')
  assert.equal(config.dataDir, '/two')
  assert.equal(config.requireSignature, true)
})

test('only regular files *.json are read', (t) => {
  const dirs = configured(t, {
    'local/auth.d/README': 'not JSON',
    'local/auth.d/old.json.bak': 'not JSON',
    'local/auth.d/directory.json/x': 'not JSON',
    'elsewhere.json': basic(['linked.example']),
    'local/auth.d/docker.json': { rktKind: 'dockerAuth', rktVersion: 'v1', registries: ['x'], credentials: {} },
  })
  symlinkSync(join(dirs.local, '../elsewhere.json'), join(dirs.local, 'auth.d/linked.json'))
  assert.equal(loadConfig(dirs).authorization(new URL('https://linked.example')), undefined)
})

test('what is shown of the configuration names the files and masks the secrets', (t) => {
  const dirs = configured(t, {
    'local/auth.d/a.json': basic(['one.example']),
    'user/auth.d/b.json': oauth(['two.example'], 'very-secret'),
    'local/paths.d/a.json': { appcKind: 'paths', appcVersion: 'v1', data: '/srv/appc' },
  })
  const { description } = loadConfig(dirs)
  assert.deepEqual(description, {
    directories: [dirs.system, dirs.local, dirs.user],
    paths: { data: '/srv/appc', file: join(dirs.local, 'paths.d/a.json') },
    images: { requireSignature: false },
    auth: [
      {
        domain: 'one.example',
        type: 'basic',
        credentials: { user: 'alice', password: '********' },
        file: join(dirs.local, 'auth.d/a.json'),
      },
      {
        domain: 'two.example',
        type: 'oauth',
        credentials: { token: '********' },
        file: join(dirs.user, 'auth.d/b.json'),
      },
    ],
  })
})

test('the same domain or setting twice in one level is refused, with both files named', (t) => {
  const domains = configured(t, {
    'local/auth.d/a.json': basic(['example.com']),
    'local/auth.d/b.json': oauth(['EXAMPLE.com:443']),
  })
  const file = (name: string): string => join(domains.local, 'auth.d', name)
  assert.throws(() => loadConfig(domains), {
    code: 'CONFIG_INVALID',
    message: `${file('b.json')}: example.com: already set by ${file('a.json')}`,
  })
  const paths = { appcKind: 'paths', appcVersion: 'v1', data: '/x' }
  const data = configured(t, { 'local/paths.d/a.json': paths, 'local/paths.d/b.json': paths })
  assert.throws(() => loadConfig(data), { code: 'CONFIG_INVALID', message: /b\.json: data: already set by .*a\.json$/ })
})

const SECRET = 'hunter2-do-not-show'

/**
 * The fault of a file, and the message after the file's name. No message may contain the secret.
 */
const WRONG: readonly (readonly [fault: string, directory: string, content: unknown, message: string])[] = [
  ['no JSON', 'paths.d', '{', 'line 1, column 2: expected a field name in quotes or "}", got the end of the text'],
  ['no JSON, around a secret', 'auth.d', `{"token": ${SECRET}}`, 'line 1, column 11: not JSON'],
  ['not UTF-8', 'auth.d', Buffer.from([0x22, 0xff, 0x22]), 'not UTF-8'],
  ['a list', 'auth.d', [SECRET], 'expected an object'],
  ['a string', 'auth.d', JSON.stringify(SECRET), 'expected an object'],
  ['no kind', 'auth.d', { rktVersion: 'v1' }, 'appcKind: missing'],
  ['kind is a number', 'auth.d', { rktKind: 1, rktVersion: 'v1' }, 'rktKind: expected a string, got 1'],
  ['no version', 'auth.d', { rktKind: 'auth' }, 'appcVersion: missing'],
  ['version 2', 'auth.d', { rktKind: 'auth', rktVersion: 'v2' }, 'rktVersion: expected "v1", got "v2"'],
  [
    'kind of another directory',
    'auth.d',
    { rktKind: 'paths', rktVersion: 'v1' },
    'rktKind: expected "auth" in a file of auth.d, got "paths"',
  ],
  ['no domains', 'auth.d', { ...basic([]), domains: undefined }, 'domains: missing'],
  ['empty domains', 'auth.d', basic([]), 'domains: empty'],
  ['domains are a string', 'auth.d', basic('example.com'), 'domains: expected a list, got "example.com"'],
  ['a domain twice', 'auth.d', basic(['a.example', 'A.example']), 'domains: "a.example" twice'],
  [
    'a URL as a domain',
    'auth.d',
    basic(['https://a.example']),
    'domains[0]: expected host or host:port, got "https://a.example"',
  ],
  [
    'a domain with a path',
    'auth.d',
    basic(['a.example/x']),
    'domains[0]: expected host or host:port, got "a.example/x"',
  ],
  [
    'a domain with a user',
    'auth.d',
    basic(['u@a.example']),
    'domains[0]: expected host or host:port, got "u@a.example"',
  ],
  ['an empty domain', 'auth.d', basic(['']), 'domains[0]: expected host or host:port, got ""'],
  [
    'a port too high',
    'auth.d',
    basic(['a.example:70000']),
    'domains[0]: expected host or host:port, got "a.example:70000"',
  ],
  ['no type', 'auth.d', { ...basic(['a.example']), type: undefined }, 'type: missing'],
  ['type aws', 'auth.d', { ...basic(['a.example']), type: 'aws' }, 'type: expected "basic" or "oauth", got "aws"'],
  ['no credentials', 'auth.d', { ...basic(['a.example']), credentials: undefined }, 'credentials: missing'],
  [
    'credentials are a string',
    'auth.d',
    { ...basic(['a.example']), credentials: SECRET },
    'credentials: expected an object',
  ],
  ['no password', 'auth.d', { ...basic(['a.example']), credentials: { user: 'x' } }, 'credentials.password: missing'],
  [
    'a password that is an object',
    'auth.d',
    basic(['a.example'], 'x', { SECRET }),
    'credentials.password: expected a string',
  ],
  [
    'a password with a line end',
    'auth.d',
    basic(['a.example'], 'x', `${SECRET}\n`),
    'credentials.password: expected a password without control characters',
  ],
  [
    'a user with a colon',
    'auth.d',
    basic(['a.example'], `x:${SECRET}`),
    'credentials.user: expected a name without ":" and control characters',
  ],
  ['an empty user', 'auth.d', basic(['a.example'], ''), 'credentials.user: empty'],
  [
    'a token that would add a header',
    'auth.d',
    oauth(['a.example'], `${SECRET}\r\nX: y`),
    'credentials.token: expected a token of visible ASCII characters',
  ],
  ['a token that is a number', 'auth.d', oauth(['a.example'], 12345678), 'credentials.token: expected a string'],
  [
    'a relative data directory',
    'paths.d',
    { rktKind: 'paths', rktVersion: 'v1', data: 'x' },
    'data: expected an absolute path, got "x"',
  ],
  [
    'requireSignature in words',
    'images.d',
    { appcKind: 'images', appcVersion: 'v1', requireSignature: 'yes' },
    'requireSignature: expected true or false, got "yes"',
  ],
]

for (const [fault, directory, content, message] of WRONG) {
  test(`refused, file and field named: ${fault}`, (t) => {
    const name = `local/${directory}/x.json`
    const dirs = configured(t, { [name]: '' })
    const file = join(dirs.local, directory, 'x.json')
    const raw = Buffer.isBuffer(content) || typeof content === 'string'
    writeFileSync(file, raw ? content : JSON.stringify(content))
    assert.throws(
      () => loadConfig(dirs),
      (error: Error & { code?: string }) => {
        assert.equal(error.message, `${file}: ${message}`)
        assert.equal(error.code, 'CONFIG_INVALID')
        assert.ok(!`${error.message} ${String(error.cause)}`.includes(SECRET))
        return true
      },
    )
  })
}

test('a directory that is a file is refused by name', (t) => {
  const dirs = configured(t, { 'local/auth.d': 'x' })
  assert.throws(() => loadConfig(dirs), { code: 'CONFIG_INVALID', message: /auth\.d: cannot be read: ENOTDIR/ })
})
