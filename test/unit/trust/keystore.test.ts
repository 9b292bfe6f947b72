import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkPrefix, coversName, prefixesOf } from '../../../stage0/trust/key-files.js'
import { emptyKeystore, plant } from '../../helpers/keystores.js'
import { makeKey } from '../../helpers/pgp.js'

const key = await makeKey({ name: 'good' })
const publicKey = key.toPublic()
const fingerprint = key.getFingerprint()

test("keys lie in rkt's places, readable by everybody", async (t) => {
  const keystore = emptyKeystore(t)
  const path = await keystore.add(publicKey, 'example.com/app')
  assert.equal(path, join(keystore.dirs.local, 'trustedkeys/prefix.d/example.com/app', fingerprint))
  assert.equal(statSync(path).mode & 0o777, 0o644)
  assert.match(readFileSync(path, 'utf8'), /^-----BEGIN PGP PUBLIC KEY BLOCK-----/)
  assert.deepEqual(readdirSync(join(path, '..')), [fingerprint])
  const root = await keystore.add(publicKey, null)
  assert.equal(root, join(keystore.dirs.local, 'trustedkeys/root.d', fingerprint))
  const { keys, problems } = await keystore.list()
  assert.deepEqual(problems, [])
  assert.deepEqual(
    keys.map((one) => [one.prefix, one.fingerprint, one.identities, one.path]),
    [
      [null, fingerprint, ['good <good@example.com>'], root],
      ['example.com/app', fingerprint, ['good <good@example.com>'], path],
    ],
  )
})

test('the keys for a name are those of its whole path elements', async (t) => {
  const keystore = emptyKeystore(t)
  for (const prefix of ['example.com', 'example.com/a', 'example.com/app', 'example.com/app/b']) {
    await keystore.add(publicKey, prefix)
  }
  const { keys } = await keystore.keysFor('example.com/app')
  assert.deepEqual(
    keys.map(({ prefix }) => prefix),
    ['example.com', 'example.com/app'],
  )
  assert.deepEqual(prefixesOf('a/b/c'), ['a', 'a/b', 'a/b/c'])
  assert.ok(keystore.hasPrefixKeyFor('example.com/zoo'))
  assert.ok(!keystore.hasPrefixKeyFor('example.community'))
  assert.ok(coversName(null, 'anything') && !coversName('a/b', 'a/bc') && coversName('a/b', 'a/b/c'))
})

test('root keys do not keep keys of a prefix from being discovered', async (t) => {
  const keystore = emptyKeystore(t)
  await keystore.add(publicKey, null)
  assert.ok(!keystore.hasPrefixKeyFor('example.com/app'))
})

for (const prefix of [
  'https://example.com',
  'example.com/',
  '/example.com',
  '../etc',
  'a/../b',
  'a//b',
  'Example.com',
  'example.com/*',
  '',
  '.',
]) {
  test(`the prefix ${JSON.stringify(prefix)} is refused`, async (t) => {
    assert.throws(() => checkPrefix(prefix), { code: 'USAGE' })
    await assert.rejects(emptyKeystore(t).add(publicKey, prefix), { code: 'USAGE' })
  })
}

test('a key of the system is masked when it is removed, and comes back when it is added', async (t) => {
  const keystore = emptyKeystore(t)
  plant(keystore.dirs.system, 'example.com', fingerprint, publicKey.armor())
  const { removed, masked } = await keystore.remove(fingerprint, 'example.com')
  assert.deepEqual(removed, [])
  assert.equal(masked, join(keystore.dirs.local, 'trustedkeys/prefix.d/example.com', fingerprint))
  assert.equal(statSync(masked).size, 0)
  assert.deepEqual((await keystore.list()).keys, [])
  assert.ok(!keystore.hasPrefixKeyFor('example.com'))
  await assert.rejects(keystore.remove(fingerprint, 'example.com'), { code: 'KEY_UNTRUSTED' })
  await keystore.add(publicKey, 'example.com')
  assert.equal((await keystore.list()).keys.length, 1)
})

test('a key of the host is removed, and only from its prefix', async (t) => {
  const keystore = emptyKeystore(t)
  const path = await keystore.add(publicKey, 'example.com')
  await keystore.add(publicKey, null)
  assert.deepEqual(await keystore.remove(fingerprint, 'example.com'), { removed: [path], masked: null })
  assert.ok(!existsSync(path))
  assert.deepEqual(keystore.scopesOf(fingerprint), [null])
  await assert.rejects(keystore.remove(fingerprint, 'example.org'), {
    code: 'KEY_UNTRUSTED',
    message: `key ${fingerprint}: not trusted for example.org`,
  })
})

test('a mask of one prefix does not mask another', async (t) => {
  const keystore = emptyKeystore(t)
  plant(keystore.dirs.system, 'example.com', fingerprint, publicKey.armor())
  plant(keystore.dirs.system, null, fingerprint, publicKey.armor())
  plant(keystore.dirs.local, null, fingerprint, '')
  const { keys } = await keystore.list()
  assert.deepEqual(
    keys.map(({ prefix }) => prefix),
    ['example.com'],
  )
})

test("the user's mask masks the host's key", async (t) => {
  const keystore = emptyKeystore(t)
  await keystore.add(publicKey, 'example.com')
  plant(keystore.dirs.user ?? assert.fail(), 'example.com', fingerprint, '')
  assert.deepEqual((await keystore.list()).keys, [])
})

const BROKEN: readonly (readonly [what: string, bytes: () => Promise<string | Uint8Array>, message: RegExp])[] = [
  ['rubbish', () => Promise.resolve('rubbish'), /: not a PGP key$/],
  ['a secret key', () => Promise.resolve(key.armor()), /: a secret key; only its public half may be given away$/],
  [
    'two keys',
    async () => Buffer.concat([publicKey.write(), (await makeKey()).toPublic().write()]),
    /: holds 2 keys, not one$/,
  ],
  [
    'another key',
    async () => (await makeKey()).toPublic().armor(),
    /: holds another key than its name says: [0-9a-f]{40}$/,
  ],
  ['half a key', () => Promise.resolve(publicKey.write().subarray(0, 40)), /: not a PGP key: /],
  ['a signature', () => Promise.resolve('-----BEGIN PGP SIGNATURE-----\n\n=\n'), /: a PGP signature, not a key$/],
]

for (const [what, bytes, message] of BROKEN) {
  test(`a file that holds ${what} is no key, and is named`, async (t) => {
    const keystore = emptyKeystore(t)
    const path = plant(keystore.dirs.local, null, fingerprint, await bytes())
    const { keys, problems } = await keystore.list()
    assert.deepEqual(keys, [])
    assert.equal(problems.length, 1)
    assert.equal(problems[0]?.code, 'KEY_INVALID')
    assert.ok(problems[0].message.startsWith(path))
    assert.match(problems[0].message, message)
  })
}

test('files that are not called like a key are none', async (t) => {
  const keystore = emptyKeystore(t)
  for (const name of ['README', fingerprint.toUpperCase(), fingerprint.slice(1), `${fingerprint}.bak`, '.swp']) {
    plant(keystore.dirs.local, 'example.com', name, publicKey.armor())
  }
  assert.deepEqual(await keystore.list(), { keys: [], problems: [] })
})

test('what a key says of its owner cannot drive a terminal', async (t) => {
  const keystore = emptyKeystore(t)
  const odd = (await makeKey()).toPublic()
  Object.assign(odd.users[0]?.userID ?? assert.fail(), { write: () => Buffer.from('a\u001b[2Jb\u202ec\n') })
  plant(keystore.dirs.local, null, odd.getFingerprint(), odd.armor())
  const { keys } = await keystore.list()
  assert.deepEqual(keys[0]?.identities, ['a\\x1b[2Jb\\u202ec\\n'])
})
