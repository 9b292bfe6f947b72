import assert from 'node:assert/strict'
import { existsSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import * as openpgp from 'openpgp'
import { plant } from '../../helpers/keystores.js'
import { daysAgo, makeKey, SECONDS_A_DAY } from '../../helpers/pgp.js'
import { packet, packetsOf, rawSignature, subpacket } from '../../helpers/pgp-packets.js'
import { appc, type Seen } from '../../helpers/run-cli.js'
import { needsRoot, scratch } from '../../helpers/scratch.js'

const key = await makeKey({ name: 'good', subkeys: [{ sign: true }] })
const other = await makeKey({ name: 'other' })
const fingerprint = key.getFingerprint()
const subkey = key.subkeys[0]?.getFingerprint() ?? ''

const { armor: ARMOR, signature: TYPE } = openpgp.enums

const revocation = packet(
  2,
  await rawSignature({
    by: key,
    type: TYPE.keyRevocation,
    data: { key: key.keyPacket },
    hashed: [subpacket(29, Buffer.of(2))],
  }),
)
const subkeyRevocation = packet(
  2,
  await rawSignature({
    by: key,
    type: TYPE.subkeyRevocation,
    data: { key: key.keyPacket, bind: key.subkeys[0]?.keyPacket },
  }),
)
const good = key.toPublic().armor()
const certificate = openpgp.armor(ARMOR.publicKey, revocation)
const revoked = Buffer.concat([...packetsOf(key).slice(0, 1), revocation, ...packetsOf(key).slice(1)])

interface Host {
  readonly directory: string
  readonly run: (...words: readonly string[]) => Promise<Seen>
  /** Trusts these bytes; `--root` without a prefix. */
  readonly trust: (bytes: string | Uint8Array, prefix?: string) => Promise<Seen>
  readonly states: () => Promise<readonly (readonly [prefix: string | null, state: string])[]>
}

function host(t: TestContext): Host {
  const directory = scratch(t)
  const globals = ['local', 'system', 'user'].map((level) => `--${level}-config=${directory}/${level}`)
  const run = (...words: readonly string[]): Promise<Seen> => appc([...globals, ...words])
  return {
    directory,
    run,
    trust: (bytes, prefix) => {
      writeFileSync(join(directory, 'offered.asc'), bytes)
      const scope = prefix === undefined ? '--root' : `--prefix=${prefix}`
      return run('trust', scope, '--skip-fingerprint-review', join(directory, 'offered.asc'))
    },
    states: async () => {
      const { stdout } = await run('trust', 'list', '--format=json')
      return (JSON.parse(stdout) as { prefix: string | null; state: string }[]).map(
        ({ prefix, state }) => [prefix, state] as const,
      )
    },
  }
}

test('a certificate of revocation alone revokes the key for whatever it is trusted', { skip: needsRoot }, async (t) => {
  const { directory, run, trust, states } = host(t)
  await trust(good)
  await trust(good, 'example.com')
  plant(join(directory, 'system'), 'example.org', fingerprint, good)
  plant(join(directory, 'user'), 'example.net', fingerprint, good)
  const file = join(directory, 'revocation.asc')
  writeFileSync(file, certificate)
  const seen = await run('trust', file)
  assert.equal(seen.status, 0, seen.stderr)
  const at = (level: string, place: string): string =>
    `Revoked key at "${directory}/${level}/trustedkeys/${place}/${fingerprint}"`
  assert.deepEqual(seen.stdout.trimEnd().split('\n'), [
    at('local', 'root.d'),
    at('local', 'prefix.d/example.com'),
    at('user', 'prefix.d/example.net'),
    at('local', 'prefix.d/example.org'),
  ])
  assert.deepEqual(await states(), [
    [null, 'revoked'],
    ['example.com', 'revoked'],
    ['example.net', 'revoked'],
    ['example.org', 'revoked'],
  ])
  const again = await run('trust', file)
  assert.equal(again.stdout, `Key ${fingerprint} is known to be revoked\n`)
  const { stdout } = await run('trust', 'list')
  assert.match(stdout, /^\(every image\)\t[0-9a-f]{40}\tgood <good@example\.com>\t.*\trevoked$/m)
})

test('it is taken with --prefix, too, and revokes the key elsewhere', { skip: needsRoot }, async (t) => {
  const { trust, states } = host(t)
  await trust(good, 'example.com')
  const seen = await trust(certificate, 'example.org')
  assert.equal(seen.status, 0, seen.stderr)
  assert.deepEqual(await states(), [['example.com', 'revoked']])
})

test('a revocation of a key that is not trusted, or made by another, is refused', { skip: needsRoot }, async (t) => {
  const { trust, states } = host(t)
  const unknown = await trust(certificate)
  assert.equal(unknown.status, 254)
  assert.match(unknown.stderr, /offered\.asc: a revocation of key [0-9a-f]{16}, which is not trusted/)
  await trust(good)
  const names = subpacket(16, Buffer.from(key.getKeyID().toHex(), 'hex'))
  const forged = await rawSignature({
    by: other,
    type: TYPE.keyRevocation,
    data: { key: key.keyPacket },
    hashed: [],
    unhashed: [names],
  })
  const seen = await trust(packet(2, forged))
  assert.equal(seen.status, 254)
  assert.match(seen.stderr, /a revocation of key [0-9a-f]{16} that does not hold: that key did not make it/)
  const direct = await rawSignature({ by: key, type: TYPE.key, data: { key: key.keyPacket } })
  assert.match((await trust(packet(2, direct))).stderr, /offered\.asc: a PGP signature, not a key/)
  assert.deepEqual(await states(), [[null, 'good']])
})

test('a key and its revocation in one file are a revoked key', { skip: needsRoot }, async (t) => {
  const { trust, states } = host(t)
  for (const bytes of [good + certificate, certificate + good, Buffer.concat([key.toPublic().write(), revocation])]) {
    const seen = await trust(bytes)
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /offered\.asc: holds key .*, which was revoked: it is compromised/)
  }
  assert.deepEqual(await states(), [])
})

test('a revoked key is refused, and what trusts it learns that', { skip: needsRoot }, async (t) => {
  const { directory, trust, states } = host(t)
  await trust(good, 'example.com')
  await trust(good, 'example.org')
  const seen = await trust(revoked, 'example.com')
  assert.equal(seen.status, 254)
  const path = `${directory}/local/trustedkeys/prefix.d/example.com/${fingerprint}`
  assert.ok(seen.stderr.includes(`Revoked key at "${path}"\n`), seen.stderr)
  assert.match(seen.stderr, /offered\.asc: holds key .*, which was revoked: it is compromised/)
  assert.deepEqual(await states(), [
    ['example.com', 'revoked'],
    ['example.org', 'revoked'],
  ])
})

test('an older good copy makes no good key of a revoked one', { skip: needsRoot }, async (t) => {
  const { directory, trust, states } = host(t)
  const path = plant(join(directory, 'local'), null, fingerprint, revoked)
  for (const prefix of [undefined, 'example.com']) {
    const seen = await trust(good, prefix)
    assert.equal(seen.status, 254)
    assert.match(seen.stderr, /holds key .*, which was revoked: it is compromised/)
  }
  assert.deepEqual(readFileSync(path), revoked)
  assert.deepEqual(await states(), [[null, 'revoked']])
})

test('a copy with a revoked subkey tells the other files of it', { skip: needsRoot }, async (t) => {
  const { directory, trust } = host(t)
  await trust(good, 'example.com')
  const seen = await trust(Buffer.concat([key.toPublic().write(), subkeyRevocation]), 'example.org')
  assert.equal(seen.status, 0, seen.stderr)
  for (const prefix of ['example.com', 'example.org']) {
    const path = join(directory, 'local/trustedkeys/prefix.d', prefix, fingerprint)
    const { subkeys } = await openpgp.readKey({ armoredKey: readFileSync(path, 'utf8') })
    assert.deepEqual(
      subkeys.map((one) => [one.getFingerprint(), one.revocationSignatures.length]),
      [[subkey, 1]],
      prefix,
    )
  }
})

test('copies are merged: what one of them knows is not lost by another', { skip: needsRoot }, async (t) => {
  const { directory, trust, states } = host(t)
  const owner = await makeKey({ name: 'owner', keyExpirationTime: 5 * SECONDS_A_DAY })
  const { publicKey: prolonged } = await openpgp.reformatKey({
    privateKey: await openpgp.readPrivateKey({ binaryKey: owner.write() }),
    userIDs: [{ name: 'owner', email: 'owner@example.com' }],
    keyExpirationTime: 0,
    date: daysAgo(1),
    format: 'object',
  })
  const path = plant(join(directory, 'local'), null, owner.getFingerprint(), owner.toPublic().armor())
  assert.deepEqual(await states(), [[null, 'expired']])
  assert.equal((await trust(prolonged.armor())).status, 0)
  assert.deepEqual(await states(), [[null, 'good']])
  const before = await openpgp.readKey({ armoredKey: readFileSync(path, 'utf8') })
  assert.equal(before.users[0]?.selfCertifications.length, 2)
  // only the older copy has expired, and it revokes nothing
  assert.equal((await trust(owner.toPublic().armor())).status, 254)
  assert.deepEqual(await states(), [[null, 'good']])
})

test('several keys trusted at one time are all there', { skip: needsRoot }, async (t) => {
  const { directory, run, states } = host(t)
  const copies = [good, Buffer.concat([key.toPublic().write(), subkeyRevocation]), key.toPublic().write()]
  const files = copies.map((bytes, index) => {
    const file = join(directory, `copy-${index}`)
    writeFileSync(file, bytes)
    return file
  })
  const all = await Promise.all(files.map((file) => run('trust', '--root', '--skip-fingerprint-review', file)))
  assert.deepEqual(
    all.map(({ status }) => status),
    [0, 0, 0],
  )
  assert.deepEqual(await states(), [[null, 'good']])
  const path = join(directory, 'local/trustedkeys/root.d', fingerprint)
  const { subkeys } = await openpgp.readKey({ armoredKey: readFileSync(path, 'utf8') })
  assert.equal(subkeys[0]?.revocationSignatures.length, 1)
})

test(
  'trust rm of a key that a symlink to /dev/null masks says so, and trusting it takes the mask away',
  { skip: needsRoot },
  async (t) => {
    const { directory, run, trust, states } = host(t)
    const path = plant(join(directory, 'local'), null, fingerprint, '')
    unlinkSync(path)
    symlinkSync('/dev/null', path)
    plant(join(directory, 'system'), null, fingerprint, good)
    assert.deepEqual(await states(), [])
    assert.equal((await run('trust', 'rm', fingerprint)).status, 254)
    assert.ok(existsSync('/dev/null'))
    assert.equal((await trust(good)).status, 0)
    assert.deepEqual(await states(), [[null, 'good']])
  },
)
