import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import * as openpgp from 'openpgp'
import { decryptTo } from '../../../stage0/trust/encryption.js'
import { atTerminal } from '../../helpers/at-terminal.js'
import { gpgHome, makeKey, needsGpg, SECONDS_A_DAY } from '../../helpers/pgp.js'
import { appc, type Seen } from '../../helpers/run-cli.js'
import { packet, packetsOf, rawSignature } from '../../helpers/pgp-packets.js'
import { needsRoot, scratch } from '../../helpers/scratch.js'
import { WebServer } from '../../helpers/web-server.js'

const key = await makeKey({ name: 'good', subkeys: [{ sign: true }] })
const fingerprint = key.getFingerprint()

/** A directory with `key.asc`, and the program with its own configuration there. */
function setUp(t: TestContext): {
  directory: string
  file: string
  run: (...words: readonly string[]) => Promise<Seen>
  globals: string[]
} {
  const directory = scratch(t)
  const file = join(directory, 'key.asc')
  writeFileSync(file, key.toPublic().armor())
  const globals = [`--local-config=${directory}/local`, `--system-config=${directory}/system`]
  return { directory, file, globals, run: (...words) => appc([...globals, ...words]) }
}

test('trust adds a key for a prefix, list shows it, rm takes it back', { skip: needsRoot }, async (t) => {
  const { directory, file, run } = setUp(t)
  const added = await run('trust', '--prefix=example.com/app', '--skip-fingerprint-review', file)
  const path = join(directory, 'local/trustedkeys/prefix.d/example.com/app', fingerprint)
  assert.equal(added.status, 0, added.stderr)
  assert.equal(added.stdout, `Added key for prefix "example.com/app" at "${path}"\n`)
  assert.equal(added.stderr, `Trusting "${file}" for prefix "example.com/app" without fingerprint review.\n`)
  const listed = await run('trust', 'list')
  assert.equal(listed.stdout, `example.com/app\t${fingerprint}\tgood <good@example.com>\t${path}\tgood\n`)
  const json = await run('trust', 'list', '--format=json')
  assert.deepEqual(JSON.parse(json.stdout), [
    {
      prefix: 'example.com/app',
      fingerprint,
      identities: ['good <good@example.com>'],
      path,
      state: 'good',
      subkeys: [{ fingerprint: key.subkeys[0]?.getFingerprint(), state: 'good' }],
    },
  ])
  const removed = await run('trust', 'rm', fingerprint.toUpperCase())
  assert.equal(removed.stdout, `Removed key at "${path}"\n`)
  assert.equal((await run('trust', 'list')).stdout, '')
  const again = await run('trust', 'rm', fingerprint)
  assert.equal(again.status, 254)
  assert.match(again.stderr, new RegExp(`key ${fingerprint}: not trusted`))
})

test('trust --root adds a key for every image', { skip: needsRoot }, async (t) => {
  const { directory, file, run } = setUp(t)
  const added = await run('trust', '--root', '--skip-fingerprint-review', file)
  assert.equal(added.stdout, `Added root key at "${directory}/local/trustedkeys/root.d/${fingerprint}"\n`)
  assert.match((await run('trust', 'list')).stdout, /^\(every image\)\t/)
  assert.equal((await run('trust', 'rm', '--prefix=example.com', fingerprint)).status, 254)
  assert.equal((await run('trust', 'rm', '--root', fingerprint)).status, 0)
})

const USAGE: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [['trust'], /--prefix or --root must say for which images/],
  [['trust', '--root', '--prefix=a', 'key.asc'], /--prefix and --root exclude each other/],
  [['trust', '--prefix=https://example.com', 'key.asc'], /without a scheme such as https/],
  [['trust', '--prefix=example.com/*', 'key.asc'], /not an image name or the beginning of one/],
  [['trust', '--root'], /--root needs a file or URL of a key/],
  [['trust', 'rm', 'abc'], /abc is not a fingerprint/],
  [['trust', 'rm'], /arguments are missing/],
]

for (const [words, message] of USAGE) {
  test(`appc ${words.join(' ')} is a usage error`, { skip: needsRoot }, async (t) => {
    const seen = await setUp(t).run(...words)
    assert.equal(seen.status, 2, seen.stderr)
    assert.match(seen.stderr, message)
  })
}

test('a key without --prefix and --root is a usage error', { skip: needsRoot }, async (t) => {
  const { file, run } = setUp(t)
  const seen = await run('trust', file)
  assert.equal(seen.status, 2, seen.stderr)
  assert.match(seen.stderr, /key\.asc: trusting a key for every image needs --root/)
})

test('without a terminal trust shows the fingerprint and says what to type', { skip: needsRoot }, async (t) => {
  const { file, run } = setUp(t)
  const seen = await run('trust', '--prefix=example.com', file)
  assert.equal(seen.status, 254)
  assert.equal(seen.stdout, '')
  const [primary = '', subkey = ''] = [fingerprint, key.subkeys[0]?.getFingerprint() ?? ''].map((one) =>
    (one.toUpperCase().match(/.{4}/g) ?? []).join(' '),
  )
  assert.ok(
    seen.stderr.startsWith(`prefix: "example.com"\nkey: "${file}"\ngpg key fingerprint is: ${primary}\n`),
    seen.stderr,
  )
  assert.match(seen.stderr, new RegExp(`Subkey fingerprint: ${subkey}\n`))
  assert.match(seen.stderr, / {4}good <good@example\.com>\n/)
  assert.ok(seen.stderr.includes(`appc trust --skip-fingerprint-review --prefix=example.com ${file}`))
  assert.equal((await run('trust', 'list')).stdout, '')
})

test('at a terminal only a literal yes trusts', { skip: needsRoot }, async (t) => {
  const { file, run, globals } = setUp(t)
  const words = [...globals, 'trust', '--prefix=example.com', file]
  const no = await atTerminal(words, 'y\nno\n')
  assert.equal(no.status, 254)
  assert.match(no.screen, /Are you sure you want to trust this key \(yes\/no\)\?/)
  assert.match(no.screen, /Please enter 'yes' or 'no'/)
  assert.match(no.screen, /Not trusting ".*" for prefix "example\.com"/)
  assert.equal((await run('trust', 'list')).stdout, '')
  const yes = await atTerminal(words, 'yes\n')
  assert.equal(yes.status, 0, yes.screen)
  assert.match(yes.stdout, /^Added key for prefix "example\.com" at /)
  assert.match(yes.screen, /Trusting ".*" for prefix "example\.com" after fingerprint review\./)
  assert.match((await run('trust', 'list')).stdout, /^example\.com\t/)
})

test('several keys of one file are each trusted', { skip: needsRoot }, async (t) => {
  const { directory, run } = setUp(t)
  const both = join(directory, 'both')
  writeFileSync(both, Buffer.concat([key.toPublic().write(), (await makeKey({ name: 'two' })).toPublic().write()]))
  const seen = await run('trust', '--root', '--skip-fingerprint-review', both)
  assert.equal(seen.stdout.split('\n').length, 3, seen.stderr)
})

test('keys that could vouch for nothing are refused', { skip: needsRoot }, async (t) => {
  const { directory, run } = setUp(t)
  const old = await makeKey({ name: 'old', keyExpirationTime: SECONDS_A_DAY })
  const files = {
    secret: key.armor(),
    expired: old.toPublic().armor(),
    revoked: (await (await makeKey()).revoke()).toPublic().armor(),
    rubbish: 'rubbish',
    empty: '',
  }
  const messages = {
    secret: /secret: a secret key; only its public half may be given away/,
    expired: /expired: holds key [0-9a-f]{40} \(old <old@example\.com>\), which expired on/,
    revoked: /revoked: holds key .*, which was revoked/,
    rubbish: /rubbish: not a PGP key/,
    empty: /empty: empty, not a key/,
  }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), content)
    const seen = await run('trust', '--root', '--skip-fingerprint-review', join(directory, name))
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, messages[name as keyof typeof messages])
  }
  const gone = await run('trust', '--root', '--skip-fingerprint-review', join(directory, 'gone'))
  assert.match(gone.stderr, /gone: cannot read the key: no such file or directory/)
  assert.equal((await run('trust', 'list')).stdout, '')
})

test('keys come over http only when that is allowed', { skip: needsRoot }, async (t) => {
  const { run } = setUp(t)
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/key.asc' ? 200 : 404
    response.end(request.url === '/key.asc' ? key.toPublic().armor() : 'nothing')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const refused = await run('trust', '--root', '--skip-fingerprint-review', `${origin}/key.asc`)
  assert.equal(refused.status, 254)
  assert.match(refused.stderr, /INSECURE_URL|http/)
  assert.equal((await run('trust', 'list')).stdout, '')
  const allowed = await run(
    'trust',
    '--root',
    '--insecure-allow-http',
    '--skip-fingerprint-review',
    `${origin}/key.asc`,
  )
  assert.equal(allowed.status, 0, allowed.stderr)
  assert.match((await run('trust', 'list')).stdout, /good <good@example\.com>/)
  const gone = await run('trust', '--root', '--insecure-allow-http', '--skip-fingerprint-review', `${origin}/gone`)
  assert.match(gone.stderr, /the server answered 404 instead of a key/)
})

test('keys that come by https are taken unseen with --trust-keys-from-https', { skip: needsRoot }, async (t) => {
  const { directory, run, globals } = setUp(t)
  const server = await WebServer.start({ tls: true })
  t.after(() => server.close())
  server.route('/key.asc', key.toPublic().armor())
  const url = server.url('/key.asc').href
  const trust = (...words: readonly string[]): Promise<Seen> =>
    appc([...globals, ...words, 'trust', '--prefix=example.com', url], {
      env: { NODE_EXTRA_CA_CERTS: server.caFile, SSL_CERT_FILE: server.caFile },
    })
  const reviewed = await trust()
  assert.match(reviewed.stderr, /a key is trusted after a review of its fingerprint, which needs a terminal/)
  // the server's identity was not verified
  const unchecked = await trust('--trust-keys-from-https', '--insecure-options=tls')
  assert.match(unchecked.stderr, /a key is trusted after a review of its fingerprint, which needs a terminal/)
  assert.equal((await run('trust', 'list')).stdout, '')
  const seen = await trust('--trust-keys-from-https')
  assert.equal(seen.status, 0, seen.stderr)
  assert.equal(seen.stderr, `Trusting "${url}" for prefix "example.com" without fingerprint review.\n`)
  assert.match(seen.stdout, new RegExp(`^Added key for prefix "example.com" at "${directory}`))
})

test('a file is reviewed all the same', { skip: needsRoot }, async (t) => {
  const { file, run } = setUp(t)
  const seen = await run('--trust-keys-from-https', 'trust', '--prefix=example.com', file)
  assert.equal(seen.status, 254)
  assert.match(seen.stderr, /which needs a terminal/)
})

/** The key with these user IDs, each signed by it. */
async function named(...identities: readonly Buffer[]): Promise<Buffer> {
  const [primary = Buffer.alloc(0)] = packetsOf(key)
  const parts = identities.map(async (identity) => {
    const userID = Object.assign(new openpgp.UserIDPacket(), { write: () => identity })
    const data = { key: key.keyPacket, userID }
    const type = openpgp.enums.signature.certPositive
    return [packet(13, identity), packet(2, await rawSignature({ by: key, type, data }))]
  })
  return Buffer.concat([primary, ...(await Promise.all(parts)).flat()])
}

test('a user ID that is no UTF-8 is shown and stays as it was', { skip: needsRoot }, async (t) => {
  const { directory, run } = setUp(t)
  const file = join(directory, 'latin-1')
  const latin1 = Buffer.from('J\xfcrgen\x1b[2J', 'latin1')
  writeFileSync(file, await named(latin1))
  const seen = await run('trust', '--root', file)
  assert.match(seen.stderr, /\n {4}J\ufffdrgen\\x1b\[2J\n/)
  const added = await run('trust', '--root', '--skip-fingerprint-review', file)
  assert.equal(added.status, 0, added.stderr)
  assert.match((await run('trust', 'list')).stdout, /\tJ\ufffdrgen\\x1b\[2J\t.*\tgood\n$/)
})

test('a key without a user ID is refused, and told to be one', { skip: needsRoot }, async (t) => {
  const { directory, run } = setUp(t)
  const file = join(directory, 'nameless')
  writeFileSync(file, await named())
  const seen = await run('trust', '--root', '--skip-fingerprint-review', file)
  assert.equal(seen.status, 254)
  assert.match(seen.stderr, /nameless: holds key [0-9a-f]{40}, which has no user ID/)
})

test('a key of a clock a little ahead is trusted with a warning', { skip: needsRoot }, async (t) => {
  const { directory, run } = setUp(t)
  const file = join(directory, 'ahead')
  const ahead = await makeKey({ name: 'ahead', date: new Date(Date.now() + 200_000) })
  writeFileSync(file, ahead.toPublic().armor())
  const seen = await run('trust', '--root', '--skip-fingerprint-review', file)
  assert.equal(seen.status, 0, seen.stderr)
  assert.match(
    seen.stderr,
    /^warning: key [0-9a-f]{40} \(ahead .*\) is \d+ s from the future: is this host's clock right\?\n/,
  )
})

test('every key of a file with several blocks is shown', { skip: needsRoot }, async (t) => {
  const { directory, run } = setUp(t)
  const second = await makeKey({ name: 'second' })
  const file = join(directory, 'blocks')
  writeFileSync(file, `Our keys:\n\n${key.toPublic().armor()}\nand\n${second.toPublic().armor()}\nCheers\n`)
  const seen = await run('trust', '--root', '--skip-fingerprint-review', file)
  assert.equal(seen.stdout.trimEnd().split('\n').length, 2, seen.stderr)
  const { stdout } = await run('trust', 'list')
  assert.match(stdout, /good <good@example\.com>/)
  assert.match(stdout, /second <second@example\.com>/)
})

/** A secret key's file and an image layout. */
function setUpBuild(t: TestContext): { directory: string; secret: string; layout: string } {
  const directory = scratch(t)
  const layout = join(directory, 'layout')
  mkdirSync(join(layout, 'rootfs'), { recursive: true })
  writeFileSync(
    join(layout, 'manifest'),
    JSON.stringify({ acKind: 'ImageManifest', acVersion: '0.8.11', name: 'example.com/app' }),
  )
  writeFileSync(join(directory, 'secret.asc'), key.armor())
  return { directory, secret: join(directory, 'secret.asc'), layout }
}

test('build --sign and image sign make signatures gpg accepts', { skip: needsGpg }, async (t) => {
  const { directory, secret, layout } = setUpBuild(t)
  const image = join(directory, 'app.aci')
  const built = await appc(['build', `--sign=${secret}`, layout, image])
  assert.equal(built.status, 0, built.stderr)
  const gpg = gpgHome(t)
  writeFileSync(join(directory, 'public.asc'), key.toPublic().armor())
  gpg('--import', join(directory, 'public.asc'))
  gpg('--verify', `${image}.asc`, image)
  const again = await appc(['image', 'sign', `--key=${secret}`, image])
  assert.equal(again.status, 254)
  assert.match(again.stderr, /app\.aci\.asc: exists already/)
  const signed = await appc(['image', 'sign', `--key=${secret}`, '--overwrite', image])
  assert.equal(signed.stdout, `${image}.asc\n`)
  gpg('--verify', `${image}.asc`, image)
})

test('a protected key signs with its passphrase only', async (t) => {
  const { directory, secret } = setUpBuild(t)
  const locked = await openpgp.encryptKey({ privateKey: key, passphrase: 'sesame' })
  writeFileSync(secret, locked.armor())
  const image = join(directory, 'app.aci')
  writeFileSync(image, 'image')
  writeFileSync(join(directory, 'right'), 'sesame\n')
  writeFileSync(join(directory, 'wrong'), 'open\n')
  const none = await appc(['image', 'sign', `--key=${secret}`, image])
  assert.match(none.stderr, /needs a passphrase, and there is no terminal to ask at/)
  const wrong = await appc(['image', 'sign', `--key=${secret}`, `--passphrase-file=${directory}/wrong`, image])
  assert.equal(wrong.status, 254)
  assert.match(wrong.stderr, /the passphrase does not open the key/)
  const right = await appc(['image', 'sign', `--key=${secret}`, `--passphrase-file=${directory}/right`, image])
  assert.equal(right.status, 0, right.stderr)
})

test('what is no secret key signs nothing', async (t) => {
  const { directory, secret, layout } = setUpBuild(t)
  writeFileSync(secret, key.toPublic().armor())
  const seen = await appc(['build', `--sign=${secret}`, layout, join(directory, 'app.aci')])
  assert.notEqual(seen.status, 0)
  assert.match(seen.stderr, /a public key; signing needs the secret one/)
})

test('SPEC A6: build --encrypt makes an image that decrypts to the one without', async (t) => {
  const { directory, layout } = setUpBuild(t)
  writeFileSync(join(directory, 'passphrase'), 'sesame\n')
  const plain = join(directory, 'plain.aci')
  const sealed = join(directory, 'sealed.aci')
  assert.equal((await appc(['build', layout, plain])).status, 0)
  const built = await appc(['build', '--encrypt', `--passphrase-file=${directory}/passphrase`, layout, sealed])
  assert.equal(built.status, 0, built.stderr)
  const fd = openSync(join(directory, 'opened.aci'), 'w')
  await decryptTo(sealed, 'sesame', fd)
  closeSync(fd)
  assert.ok(readFileSync(join(directory, 'opened.aci')).equals(readFileSync(plain)))
})
